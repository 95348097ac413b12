"""Runs commands for tests written in Python: a failure says everything that is known of it."""
import json
import subprocess

SHOWN = 20_000  # Characters of each stream.


class CommandFailed(AssertionError):
    """Which command, how it ended, and all that it wrote."""

    def __init__(self, argv, ending, output, errors):
        words = [str(word) for word in argv]
        line = " ".join(words[:20]) + (" … (%d words)" % len(words) if len(words) > 20 else "")
        super().__init__("%s\nfrom: %s\n--- standard error (%d characters)\n%s\n--- standard output (%d characters)\n%s"
                         % (ending, line, len(errors), _ends(errors), len(output), _summary(output)))


def run(argv, expect=0, timeout=900, **options):
    """(standard output, standard error); CommandFailed for any other exit code, a signal or no end in time."""
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                              check=False, timeout=timeout, **options)
    except subprocess.TimeoutExpired as late:
        raise CommandFailed(argv, "no end after %d s; killed" % timeout, _text(late.stdout),
                            _text(late.stderr)) from None
    if done.returncode != expect:
        ending = ("killed by signal %d" % -done.returncode if done.returncode < 0 else
                  "exit code %d, expected %d" % (done.returncode, expect))
        raise CommandFailed(argv, ending, done.stdout, done.stderr)
    return done.stdout, done.stderr


def _text(stream):
    return stream.decode(errors="replace") if isinstance(stream, bytes) else stream or ""


def _ends(text):
    if len(text) <= SHOWN:
        return text
    return "%s\n[… %d characters …]\n%s" % (text[:SHOWN // 2], len(text) - SHOWN, text[-SHOWN // 2:])


def _summary(output):
    """Of a report with thousands of apps, those that went wrong."""
    try:
        report = json.loads(output)
        wrong = [app for app in report["apps"]
                 if app.get("failed") or app.get("diagnostics") or app["verdict"] in ("blocked", "invalid")]
    except (ValueError, KeyError, TypeError):
        return _ends(output)
    rest = {key: value for key, value in report.items() if key != "apps"}
    return "%d of %d apps went wrong\n%s\n%s" % (
        len(wrong), len(report["apps"]), _ends(json.dumps(rest, indent=1)),
        _ends("\n".join(json.dumps(app, indent=1) for app in wrong)))
