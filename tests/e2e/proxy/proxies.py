"""nginx and Caddy with the configuration that docs/operations has for them: only addresses, ports and certificates are
those of the test."""
import os
import re
import subprocess
import threading

NAME = "gitops.example.org"
CERTIFICATE, KEY = "proxy.pem", "proxy.key"

NGINX = """daemon off;
master_process off;
user root;
pid @folder@/nginx.pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path @folder@/bodies;
    proxy_temp_path @folder@/answers;
    fastcgi_temp_path @folder@/fastcgi;
    uwsgi_temp_path @folder@/uwsgi;
    scgi_temp_path @folder@/scgi;
    include @folder@/site.conf;
}
"""

CADDY = """{
	admin off
	auto_https off
	skip_install_trust
}
"""


def make_certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=" + NAME, "-addext", "subjectAltName=DNS:" + NAME,
                    "-keyout", os.path.join(folder, KEY), "-out", os.path.join(folder, CERTIFICATE)],
                   check=True, capture_output=True)


def replaced(text, *changes):
    """Each change has to find its place, else the page is another one than this knows."""
    for pattern, new in changes:
        text, count = re.subn(pattern, new, text, flags=re.MULTILINE)
        if not count:
            raise AssertionError("the page has no %r" % pattern)
    return text


class Proxy:
    """One of the two, in front of a daemon on `behind`; it listens on `port` of this machine."""

    def __init__(self, kind, root, folder, port, behind):
        make_certificate(folder)
        certificate, key = os.path.join(folder, CERTIFICATE), os.path.join(folder, KEY)
        page = "nginx.conf" if kind == "nginx" else "Caddyfile"
        with open(os.path.join(root, "docs/operations", page), encoding="utf-8") as f:
            text = f.read()
        if kind == "nginx":
            self._write(folder, "site.conf", replaced(
                text, (r"listen 443 ssl", "listen 127.0.0.1:%d ssl" % port), (r"^ *listen \[::\].*\n", ""),
                (r"(ssl_certificate +)\S+;", r"\g<1>%s;" % certificate),
                (r"(ssl_certificate_key +)\S+;", r"\g<1>%s;" % key), (r"server 127.0.0.1:8420", "server 127.0.0.1:%d" % behind)))
            path = self._write(folder, "nginx.conf", NGINX.replace("@folder@", folder))
            self.check, self.argv = ["nginx", "-t", "-q", "-c", path], ["nginx", "-c", path]
        else:
            path = self._write(folder, "Caddyfile", CADDY + replaced(
                text, (r"^%s \{" % re.escape(NAME), "https://%s:%d {\n\tbind 127.0.0.1\n\ttls %s %s" % (
                    NAME, port, certificate, key)), (r"127\.0\.0\.1:8420 \{", "127.0.0.1:%d {" % behind)))
            words = ["--config", path, "--adapter", "caddyfile"]
            self.check, self.argv = ["caddy", "validate", *words], ["caddy", "run", *words]
        self.environment = dict(os.environ, HOME=folder, XDG_DATA_HOME=folder, XDG_CONFIG_HOME=folder)
        self.process = None
        self.said = []

    @staticmethod
    def _write(folder, name, text):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def start(self):
        checked = subprocess.run(self.check, capture_output=True, text=True, check=False, env=self.environment)
        if checked.returncode != 0:
            raise AssertionError(checked.stdout + checked.stderr)
        self.process = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True, env=self.environment)
        self.reader = threading.Thread(target=lambda: self.said.extend(self.process.stderr))
        self.reader.start()

    def end(self):
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stderr.close()
