-- Signed webhooks. Arguments: a folder with payloads (<n>.body, <n>.signature), how many they are, and any
-- of: close (a connection for each), forge (a wrong signature, each from another client).
dofile(debug.getinfo(1, "S").source:match("@(.*/)") .. "outcome.lua")

local count, stem, forge = 0, os.time(), false
local heads, tails = {}, {}

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

function init(arguments)
  local folder, payloads = arguments[1], tonumber(arguments[2])
  local more = ""
  for i = 3, #arguments do
    if arguments[i] == "close" then more = more .. "Connection: close\r\n" end
    if arguments[i] == "forge" then forge = true end
  end
  for i = 1, payloads do
    local body = read(folder .. "/" .. i .. ".body")
    local signature = forge and string.rep("0", 64) or read(folder .. "/" .. i .. ".signature")
    heads[i] = "POST " .. wrk.path .. " HTTP/1.1\r\nHost: " .. wrk.host .. "\r\nUser-Agent: GitHub-Hookshot/bench\r\n" ..
      "Content-Type: application/json\r\nX-GitHub-Event: push\r\n" .. more ..
      "X-Hub-Signature-256: sha256=" .. signature .. "\r\nContent-Length: " .. #body .. "\r\n"
    tails[i] = "\r\n\r\n" .. body
  end
end

function request()
  count = count + 1
  local i = count % #heads + 1
  local client = ""
  if forge then
    client = string.format("X-Forwarded-For: 10.%d.%d.%d\r\n", count / 65536 % 256, count / 256 % 256, count % 256)
  end
  return heads[i] .. client .. "X-GitHub-Delivery: " .. stem .. "-" .. count .. tails[i]
end
