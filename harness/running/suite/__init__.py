"""The judgement on a target as a pytest suite, with `-k`, `--force-regen` and junit.xml.

The judge is done before pytest starts: a test only turns verdicts into a pass or a failure, and
pytest-regressions writes baselines. Only `run_suite` runs `test_target.py`.
"""
