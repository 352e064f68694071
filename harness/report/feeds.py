"""The changes of each family as an Atom feed (RFC 4287). Pure."""

import datetime
import uuid
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from harness.judging.causes import Cause
from harness.report.model import Comparison, Report

ATOM = "http://www.w3.org/2005/Atom"
AUTHOR = "state-harness"
IDENTIFIERS = uuid.uuid5(uuid.NAMESPACE_OID, AUTHOR)


def feed_names(report: Report) -> dict[str, str]:
    """The file name of the feed of each family that was compared."""
    families = dict.fromkeys(each.family for each in report.comparisons)
    return {family: f"feed-{family}.xml" for family in families}


def feeds(report: Report) -> Iterator[tuple[str, bytes]]:
    """The file name and the content of each feed."""
    for family, name in feed_names(report).items():
        yield name, _feed(report, family, name)


def _feed(report: Report, family: str, name: str) -> bytes:
    """An entry for each cause, the newest comparison first, the most harmful cause first."""
    entries = [
        (comparison, cause)
        for comparison in reversed(report.comparisons)
        if comparison.family == family
        for cause in comparison.diff.causes
    ]
    feed = ET.Element("feed", xmlns=ATOM)
    _add(feed, "id", _identifier(family))
    _add(feed, "title", f"Hidden state across TensorFlow and Keras: changes of {family}")
    moments = [_moment(comparison, report) for comparison, _ in entries]
    _add(feed, "updated", max(moments, default=report.made).isoformat())
    ET.SubElement(feed, "link", rel="self", href=name, type="application/atom+xml")
    ET.SubElement(feed, "link", rel="alternate", href="index.html", type="text/html")
    _add(ET.SubElement(feed, "author"), "name", AUTHOR)
    for comparison, cause in entries:
        _entry(ET.SubElement(feed, "entry"), comparison, cause, report)
    text: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return text


def _entry(entry: ET.Element, comparison: Comparison, cause: Cause, report: Report) -> None:
    _add(entry, "id", _identifier(comparison.before, comparison.after, cause.title))
    _add(entry, "title", f"{comparison.after}: {cause.title} ({cause.effect})")
    _add(entry, "updated", _moment(comparison, report).isoformat())
    at = f"index.html#from={comparison.before}&to={comparison.after}"
    ET.SubElement(entry, "link", rel="alternate", href=at, type="text/html")
    ET.SubElement(entry, "category", term=cause.effect)
    ET.SubElement(entry, "category", term=cause.knowledge)
    text = [f"{cause.release}: {cause.extent}; {cause.knowledge}."]
    if cause.known:
        ET.SubElement(entry, "link", rel="related", href=cause.known.link)
        text += [cause.known.why, f"Instead: {cause.known.instead}."]
    _add(entry, "content", " ".join(text)).set("type", "text")


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, name)
    element.text = text
    return element


def _identifier(*names: str) -> str:
    """An identifier that stays the same as long as the names do."""
    return uuid.uuid5(IDENTIFIERS, "/".join(names)).urn


def _moment(comparison: Comparison, report: Report) -> datetime.datetime:
    """The day of the later target; of a target that is resolved anew, the moment of the report."""
    if comparison.as_of is None:
        return report.made
    return datetime.datetime.combine(comparison.as_of, datetime.time(), datetime.UTC)
