"""The environment of the templates: every text is escaped, and a missing name is an error."""

import jinja2


def pages() -> jinja2.Environment:
    """A new environment, to which a page adds its filters."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("harness.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
