"""Pages to open in a browser, and what they ask for or complain of."""

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

from harness.judging.changes import ChangeKind
from harness.judging.history import stretches
from harness.judging.verdicts import Axis, Outcome
from harness.observing.internals import Described
from harness.observing.records import Error
from harness.report.legible import legible
from harness.report.model import History, Report
from tests.support.makers import accepts, verdict
from tests.support.reports import comparison, finding, report, target_report

CHROMIUM = shutil.which("chromium")

WIDE: ViewportSize = {"width": 1440, "height": 900}

PHONE: ViewportSize = {"width": 375, "height": 812}

MARKUP = "</script><script>window.evil = 1</script><img src=x onerror='window.evil = 1'>"

EVIL = f"{MARKUP} \x1b[31mred\x1b[0m \x1b]0;title\x07\x9b1m\x00\x85\u202e\ud800 $& '"


@dataclass(kw_only=True)
class Visit:
    """An open page, and all that it asked for or complained of."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def small() -> Report:
    """Targets of which the second does otherwise what a known change explains."""
    known = accepts(
        "newly raises: *", title="States are gone", portable="portable_set_values", since="3.2"
    )
    other = accepts("other values: *", title="Values are others", since="3.1")
    inside = accepts("moved: *", title="Keras 3")
    error = Error(type="TypeError", message="reset_states() got an argument")
    works = verdict(Outcome.IDENTICAL, "reset to ones", scenario="reset", mean=0.5)
    fails = verdict(Outcome.RAISES, "reset to ones", scenario="reset", reason="TypeError")
    same = verdict(Outcome.IDENTICAL, "first pass", mean=0.25)
    drift = verdict(Outcome.DRIFT, "second pass", reason="far", mean=0.75)
    watched = verdict(Outcome.IDENTICAL, "RNN.call", axis=Axis.WATCH)
    strict = verdict(Outcome.RAISES, "reset to ones", scenario="reset", variant="strict")
    return report(
        target_report("tf-2.14", works, same, watched),
        target_report("tf-2.15", works, same),
        target_report("tf-2.16", fails, same, drift, strict, error=error),
        target_report("keras-3.0", fails, same, family="keras", error=error),
        comparisons=[
            comparison("tf-2.14", "tf-2.15", finding(ChangeKind.VALUES, "first pass", other)),
            comparison(
                "tf-2.15",
                "tf-2.16",
                finding(ChangeKind.NEWLY_RAISES, "reset to ones", known, scenario="reset"),
            ),
            comparison(
                "tf-2.15", "keras-3.0", finding(ChangeKind.MOVED, "RNN", inside, scenario="")
            ),
        ],
    )


def busy() -> Report:
    """As many changes as have the loudest colour, and internals that call each other."""
    known = accepts("newly raises: *", title="States are gone", portable="portable_set_values")
    many = [finding(ChangeKind.NEWLY_RAISES, f"step {n}", known) for n in range(25)]
    inside = [finding(ChangeKind.MOVED, f"RNN.{n}", known, scenario="") for n in range(25)]
    body = finding(ChangeKind.BODY, "RNN.call", scenario="", before="one\nold", after="one\nnew")
    described = {
        "RNN.call": [
            Described(
                kind="method", calls=("stateless, first call: by RNN.__call__ (a)",), body=body
            )
            for body in ("one\nold", "one\nnew")
        ],
        "Cell.new": [Described(), Described(kind="method")],
        "Cell.call": [
            Described(kind="method", body="a body", calls=calls)
            for calls in (
                ("stateless, first call: by RNN.call (b)",),
                (
                    "stateless, first call: by RNN.call (c)",
                    "stateless, later call: by the script (d) 2 times",
                    "stateless, later call: by RNN.__call__ (e)",
                    "stateful, fit: raises TypeError",
                ),
            )
        ],
    }
    watches = {
        target: {name: sides[at] for name, sides in described.items()}
        for at, target in enumerate(("tf-2.15", "tf-2.16"))
    }
    return replace(
        small(),
        comparisons=(comparison("tf-2.15", "tf-2.16", *many, *inside, body),),
        histories=tuple(
            History(
                name=name, why="why", family="tensorflow", stretches=tuple(stretches(name, watches))
            )
            for name in described
        ),
    )


def evil() -> Report:
    verdicts = [verdict(Outcome.NEWLY_RAISES, EVIL, scenario=EVIL, variant=EVIL, reason=EVIL)]
    change = finding(ChangeKind.VALUES, EVIL, accepts("*: *"), scenario=EVIL, after=EVIL)
    shown = report(
        target_report("tf-2.15", *verdicts, error=Error(type=EVIL, message=EVIL)),
        comparisons=[comparison("tf-2.14", "tf-2.15", change)],
    )
    return legible(shown)


def opened(page: Page, path: Path, hash_: str = "") -> Visit:
    visit = Visit(page=page)
    page.on("request", lambda request: visit.requests.append(request.url))
    page.on("console", lambda message: visit.complaints.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: visit.complaints.append(f"error: {error}"))
    page.goto(f"{path.as_uri()}{hash_}")
    return visit


def shown_changes(page: Page) -> list[str]:
    rows = page.locator("#known tr[data-known]:visible th a").all_inner_texts()
    return sorted(rows)


def violations(page: Page) -> list[str]:
    """What axe finds that matters."""
    found = Axe().run(page)["violations"]
    return [
        f"{each['id']}: {node['target']}: {node.get('failureSummary')}"
        for each in found
        if each["impact"] in ("moderate", "serious", "critical")
        for node in each["nodes"][:3]
    ]
