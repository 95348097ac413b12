"""Asks an address every second and keeps the last answer, and each new greeting with its time.
usage: worker.py URL DIRECTORY"""
import json
import os
import sys
import time
import urllib.request


def ask(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.loads(answer.read(64 * 1024))


def keep(directory, answer):
    path = os.path.join(directory, "last.json")
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(answer, file)
    os.replace(path + ".new", path)


def note_greeting(directory, greeting):
    with open(os.path.join(directory, "greetings.log"), "a", encoding="utf-8") as file:
        file.write(time.strftime("%Y-%m-%dT%H:%M:%SZ ", time.gmtime()) + greeting + "\n")


def main():
    url, directory = sys.argv[1:3]
    known = None
    while True:
        try:
            answer = ask(url)
            keep(directory, answer)
            if answer["greeting"] != known:
                known = answer["greeting"]
                note_greeting(directory, known)
        except (OSError, ValueError, KeyError) as error:
            print("no answer:", error, flush=True)
        time.sleep(1)


if __name__ == "__main__":
    main()
