-- Sends requests of a file in random order and tells the outcome as one line of JSON.
-- A line of the file is: method, path, body, then names and values of headers, with tabs between them.
local prepared = {}

function init(arguments)
  math.randomseed(tonumber(arguments[2]))
  for line in io.lines(arguments[1]) do
    local method, path, body, rest = line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
    local headers = {}
    for name, value in rest:gmatch("([^\t]+)\t([^\t]+)") do headers[name] = value end
    if body == "" then body = nil end
    prepared[#prepared + 1] = wrk.format(method, path, headers, body)
  end
end

function request()
  return prepared[math.random(#prepared)]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'OUTCOME {"requests":%d,"seconds":%.6f,"p50Ms":%.3f,"p99Ms":%.3f,"failures":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
