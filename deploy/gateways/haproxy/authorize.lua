-- Asks identity whether the request is signed in. If it is, the request goes on with identity's headers. If not, the
-- visitor gets identity's answer.

-- Options are written here: ?claims=email,name&aal=2&verified=1&redirect=1
local ADDRESS = "http://127.0.0.1:8080/authorize"

-- The headers of the visitor that identity needs. The body stays here.
local ASKED = {
  "authorization", "cookie", "origin", "sec-fetch-site", "sec-fetch-mode", "sec-websocket-key", "host", "x-forwarded-for",
  "x-request-id", "traceparent", "tracestate"
}

-- The headers of identity's answer that the visitor gets when the request goes no further.
local TOLD = { "content-type", "www-authenticate", "retry-after", "location", "set-cookie", "cache-control", "x-request-id" }

-- The values of a header, from 1. HAProxy counts from 0.
local function values(headers, name)
  local found = {}
  local index = 0
  while headers[name] ~= nil and headers[name][index] ~= nil do
    found[#found + 1] = headers[name][index]
    index = index + 1
  end
  return found
end

local function refuse(txn, status, headers, body)
  local reply = txn:reply()
  reply:set_status(status)
  for _, name in ipairs(TOLD) do
    for _, value in ipairs(values(headers, name)) do reply:add_header(name, value) end
  end
  reply:set_body(body)
  txn:done(reply)
end

core.register_action("authorize", { "http-req" }, function(txn)
  local visitor = txn.http:req_get_headers()
  local headers = {}
  for _, name in ipairs(ASKED) do
    local found = values(visitor, name)
    if #found > 0 then headers[name] = found end
  end
  -- A WebSocket begins with GET, and carries changes: over HTTP/2 its method is CONNECT.
  headers["x-original-method"] = { visitor["upgrade"] and "CONNECT" or txn.f:method() }
  local answer = core.httpclient():get { url = ADDRESS, headers = headers, timeout = 5000 }
  if answer == nil or answer.status == 0 or answer.status >= 500 then
    return refuse(txn, 503, { ["retry-after"] = { [0] = "1" } }, "")
  end
  if answer.status ~= 200 then return refuse(txn, answer.status, answer.headers, answer.body) end
  for name, _ in pairs(answer.headers) do
    if name:sub(1, 9) == "identity-" then txn.http:req_set_header(name, answer.headers[name][0]) end
  end
end)
