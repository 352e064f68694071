"""A report as plain data for `report.json`; `resources/report.schema.json` is its schema."""

import dataclasses
import functools
from typing import Any

from harness.base.words import json_number
from harness.judging.causes import Cause
from harness.judging.changes import ChangeKind
from harness.judging.diff import Diff
from harness.judging.known import Knowledge, KnownChange
from harness.judging.verdicts import Standing
from harness.report import evidence
from harness.report.actions import command, headline
from harness.report.legible import cut
from harness.report.model import Comparison, Report, ReportedVerdict, TargetReport, totals

SCHEMA_VERSION = 1


def document(report: Report) -> dict[str, Any]:
    """All of a report.

    `known` of a change names entries of `known_changes`, `cause` an entry of `causes` with the same
    `from` and `to`.
    """
    observed = functools.cache(_observation)
    return {
        "schema_version": SCHEMA_VERSION,
        "made": report.made.isoformat(),
        "headline": headline(report),
        "totals": _totals(report),
        "targets": [_target(each) for each in report.targets],
        "observations": [
            {"target": target.name, **observed(each)}
            for target in report.targets
            for each in target.observations
        ],
        "comparisons": [_comparison(each) for each in report.comparisons],
        "causes": [
            {"from": comparison.before, "to": comparison.after, **cause_document(cause)}
            for comparison in report.comparisons
            for cause in comparison.diff.causes
        ],
        "changes": [change for comparison in report.comparisons for change in _changes(comparison)],
        "known_changes": {
            known.title: known_document(known)
            for comparison in report.comparisons
            for attributed in comparison.diff.changes
            for known in attributed.known
        },
        "trend": _trend(report),
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
        "causes": counted.causes,
        **{str(each): counted.knowledge[each] for each in Knowledge},
        "not_known": counted.knowledge[Knowledge.UNKNOWN],
        "refused": len(report.refused),
    }


def _trend(report: Report) -> dict[str, Any] | None:
    if report.trend is None:
        return None
    return {
        "nights": [
            {
                "began": each.began.isoformat(),
                "wanted": each.wanted,
                "checked": each.checked,
                "standings": {str(name): count for name, count in each.standings.items()},
            }
            for each in report.trend.nights
        ],
        "flakes": [dataclasses.asdict(each) for each in report.trend.flakes],
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


def _comparison(comparison: Comparison) -> dict[str, Any]:
    diff = comparison.diff
    return {
        "from": comparison.before,
        "to": comparison.after,
        "family": comparison.family,
        "source": comparison.source,
        "headline": evidence.headline(diff),
        "findings": len(diff.findings),
        **{str(each): diff.count(each) for each in Knowledge},
        "rounding": evidence.rounding(diff),
    }


def cause_document(cause: Cause) -> dict[str, Any]:
    """A cause as plain data."""
    return {
        "title": cause.title,
        "release": cause.release,
        "knowledge": cause.knowledge,
        "effect": cause.effect,
        "steps": cause.steps,
        "internals": cause.internals,
        "findings": len(cause.changes),
        "instead": cause.known.instead if cause.known else None,
    }


def cause_titles(diff: Diff) -> dict[int, str]:
    """The title of the cause of each finding, by the identity of the finding."""
    return {id(each): cause.title for cause in diff.causes for each in cause.changes}


def _changes(comparison: Comparison) -> list[dict[str, Any]]:
    titles = cause_titles(comparison.diff)
    return [
        {
            "kind": attributed.change.kind,
            "finding": attributed.change.finding,
            "subject": attributed.change.subject,
            "part": attributed.change.part,
            "scenario": attributed.change.scenario,
            "variants": list(attributed.change.variants),
            "from": comparison.before,
            "to": comparison.after,
            "source": comparison.source,
            "before": cut(attributed.change.before),
            "after": cut(attributed.change.after),
            "reason": attributed.change.reason,
            "known": [each.title for each in attributed.known],
            "cause": titles.get(id(attributed)),
            "knowledge": attributed.knowledge if attributed.change.finding else None,
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
