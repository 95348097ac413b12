#!/bin/sh
# Renders the page and (re)starts the server. The server reads the rendered copy by its full path,
# so new files can come while it runs.
set -eu
. ./service.sh
www="$TFGRID_DATA_DIR/www"

rm -rf "$www.new"
mkdir -p "$www.new"
cp -R "$TFGRID_SOURCE_DIR/src/." "$www.new/"
SITE_TITLE=$SITE_TITLE python3 - "$www.new/index.html" <<'PYTHON'
import html, os, sys
path = sys.argv[1]
with open(path, encoding="utf-8") as page:
    text = page.read()
text = text.replace("@TITLE@", html.escape(os.environ["SITE_TITLE"]))
text = text.replace("@VERSION@", html.escape(os.environ["APP_VERSION"]))
text = text.replace("@ENVIRONMENT@", html.escape(os.environ["TFGRID_ENVIRONMENT"]))
with open(path, "w", encoding="utf-8") as page:
    page.write(text)
PYTHON
rm -rf "$www.old"
if [ -d "$www" ]; then mv "$www" "$www.old"; fi
mv "$www.new" "$www"
rm -rf "$www.old"

service_start "$(command -v python3)" -m http.server "$PORT" --bind 127.0.0.1 --directory "$www"
echo "serving \"$SITE_TITLE\" on http://127.0.0.1:$PORT/"
