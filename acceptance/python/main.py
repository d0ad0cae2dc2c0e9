"""Run one suite of checks with the official OpenAI Python client."""

import argparse
import sys

import openai

import chat
import check
import errors
import tools

SUITES = (chat.SUITE, errors.SUITE, tools.SUITE)


def arguments():
    parser = argparse.ArgumentParser(prog="openai_python", description=__doc__)
    parser.add_argument("--base-url", required=True, help="for instance http://127.0.0.1:7685/v1")
    parser.add_argument("--key", default="none")
    parser.add_argument("--model", required=True)
    parser.add_argument("--suite", required=True, choices=SUITES)
    parser.add_argument("--potluck", action="store_true", help="check potluck's own promises too")
    parser.add_argument("--report", help="append a line of JSON with the counts to this file")
    return parser.parse_args()


def main():
    options = arguments()
    client = openai.OpenAI(base_url=options.base_url, api_key=options.key)
    target = check.Target(client, options.base_url, options.key, options.model, options.potluck)
    passed, failed = check.run_checks(options.suite, target)
    check.report(
        options.report, "openai (Python)", openai.__version__, options.suite, passed, failed
    )
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
