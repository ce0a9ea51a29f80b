-- For wrk: replays the requests in the file REQUESTS, each preceded by its length in 8 digits.
local requests = {}
local file = assert(io.open(assert(os.getenv("REQUESTS")), "rb"))
while true do
  local length = file:read(8)
  if not length then break end
  requests[#requests + 1] = file:read(tonumber(length))
end
file:close()
local next_one = tonumber(os.getenv("FIRST") or "0")

function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end
