"""A report as plain data for `report.json`; `resources/report.schema.json` is its schema."""

from typing import Any

from harness.base.words import json_number
from harness.judging.changes import ChangeKind
from harness.judging.known import KnownChange
from harness.judging.verdicts import Standing
from harness.report.actions import command, headline
from harness.report.legible import cut
from harness.report.model import Comparison, Report, ReportedVerdict, TargetReport, totals

SCHEMA_VERSION = 1


def document(report: Report) -> dict[str, Any]:
    """All of a report. `known` of a change names entries of `known_changes`."""
    return {
        "schema_version": SCHEMA_VERSION,
        "made": report.made.isoformat(),
        "headline": headline(report),
        "totals": _totals(report),
        "targets": [_target(each) for each in report.targets],
        "observations": [_observation(each) for each in report.observations],
        "changes": [change for comparison in report.comparisons for change in _changes(comparison)],
        "known_changes": {
            each.known.title: known_document(each.known) for each in report.explained
        },
        "expired": [known.title for known in report.expired],
        "uncompared": [_pair(*each) for each in report.uncompared],
        "compared_in_part": [_pair(*each) for each in report.lost],
        "refused": list(report.refused),
    }


def _totals(report: Report) -> dict[str, Any]:
    """Each group of counts adds up to its `total`."""
    counted = totals(report)
    return {
        "observations": {
            "total": sum(counted.observations.values()),
            **{standing: counted.observations[standing] for standing in Standing},
        },
        "targets": {
            "total": sum(counted.targets.values()),
            **{standing: counted.targets[standing] for standing in Standing},
        },
        "changes": {
            "total": counted.changes,
            **{kind: counted.kinds[kind] for kind in ChangeKind},
        },
        "findings": counted.findings,
        "not_known": counted.findings - counted.known,
        "refused": len(report.refused),
    }


def _target(each: TargetReport) -> dict[str, Any]:
    environment = each.environment
    return {
        "name": each.name,
        "family": each.target.family,
        "tensorflow": each.tensorflow,
        "keras": each.keras,
        "numpy": environment.numpy if environment else None,
        "python": environment.python if environment else None,
        "platform": environment.platform if environment else None,
        "outcome": each.standing,
        "reason": each.reason or None,
        "started": each.started.isoformat() if each.started else None,
        "seconds": each.seconds,
        "command": command(each.name, None),
    }


def _observation(each: ReportedVerdict) -> dict[str, Any]:
    verdict = each.verdict
    return {
        "target": each.target,
        "axis": verdict.axis,
        # the heading, as in documents older than `axis`, so that the filters of readers still work
        "scenario": verdict.heading[0],
        "variant": verdict.heading[1],
        "step": verdict.step,
        "outcome": verdict.outcome,
        "standing": verdict.outcome.standing,
        "reason": verdict.reason,
        "means": {name: json_number(mean) for name, mean in each.means.items()},
        "mean": json_number(verdict.mean),
        "baseline": json_number(verdict.baseline),
        "difference": json_number(verdict.difference),
        "ulp": json_number(verdict.ulp),
        "error": {"type": each.error.type, "message": each.error.message} if each.error else None,
        "oracle": each.oracle.reason if each.oracle else None,
        "script": each.script,
    }


def _changes(comparison: Comparison) -> list[dict[str, Any]]:
    return [
        {
            "kind": attributed.change.kind,
            "finding": attributed.change.finding,
            "subject": attributed.change.subject,
            "scenario": attributed.change.scenario,
            "variants": list(attributed.change.variants),
            "from": comparison.before,
            "to": comparison.after,
            "source": comparison.source,
            "before": cut(attributed.change.before),
            "after": cut(attributed.change.after),
            "reason": attributed.change.reason,
            "known": [each.title for each in attributed.known],
        }
        for attributed in comparison.diff.changes
    ]


def _pair(before: str, after: str, why: str) -> dict[str, str]:
    return {"from": before, "to": after, "reason": why}


def known_document(known: KnownChange) -> dict[str, Any]:
    """A known change as plain data."""
    return {
        "package": known.package,
        "since": known.since,
        "why": known.why,
        "instead": known.instead,
        "portable": known.portable,
        "link": known.link,
        "expires": known.expires.isoformat(),
    }
