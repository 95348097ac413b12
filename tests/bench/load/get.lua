-- One target after the other. Arguments: a file with a target on each line, a token or "-", and perhaps
-- close (a connection for each).
dofile(debug.getinfo(1, "S").source:match("@(.*/)") .. "outcome.lua")

local requests, at = {}, 0

function init(arguments)
  local more = arguments[2] == "-" and "" or "Authorization: Bearer " .. arguments[2] .. "\r\n"
  if arguments[3] == "close" then more = more .. "Connection: close\r\n" end
  for target in io.lines(arguments[1]) do
    table.insert(requests, "GET " .. target .. " HTTP/1.1\r\nHost: " .. wrk.host .. "\r\n" .. more .. "\r\n")
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end
