"""What is loaded with every command, asked of the dynamic linker: no clock, no noise."""
import os
import re
import subprocess
import unittest

# Few commands send anything; libcurl and what it brings took a third of every start, another HTTP library a fifth.
ONLY_WHEN_SENDING = ("libcurl", "libgnutls", "libldap", "librtmp", "libnghttp2", "libcpp-httplib", "libbrotli")


class StartTest(unittest.TestCase):
    def test_what_sends_is_not_loaded_with_the_program(self):
        binary = os.environ["TFGRID_COMPOSE_BINARY"]
        listed = subprocess.run([binary], env={**os.environ, "LD_TRACE_LOADED_OBJECTS": "1"}, check=True,
                                stdout=subprocess.PIPE, text=True).stdout
        names = re.findall(r"^\s*(\S+) =>", listed, re.MULTILINE)
        self.assertIn("libsqlite3.so.0", names, "the list is not one of libraries:\n" + listed)
        self.assertEqual([name for name in names if name.startswith(ONLY_WHEN_SENDING)], [])


if __name__ == "__main__":
    unittest.main()
