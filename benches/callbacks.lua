-- Sends the requests of a file one after the other. Each is 8 decimal digits of length and that many bytes.
local pool

function init(args)
    pool = assert(io.open(args[1], "rb"))
    pool:setvbuf("full", 1048576)
end

function request()
    local length = pool:read(8)
    if not length then
        -- Used up: from here on the ids repeat, and the count of rows will show it.
        pool:seek("set", 0)
        length = pool:read(8)
    end
    return pool:read(tonumber(length))
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        '{"requests":%d,"refused":%d,"broken":%d,"us":%d,"p50":%d,"p99":%d,"max":%d}\n',
        summary.requests, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
        summary.duration, latency:percentile(50), latency:percentile(99), latency.max))
end
