-- Copyright (C) 2026 The Pen Register authors
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Writes every element that a client connection carries as one JSON line: incoming ones before any other filter or
-- handler sees them, outgoing ones after all filters, when they really go to a live connection.

module:set_global();

local filters = require "util.filters";
local json = require "util.json";
local st = require "util.stanza";
local now = require "util.time".now;

local FIRST, LAST = 100000, -100000;
local stanza_names = { message = true, presence = true, iq = true };

local path = module:get_option_string("pen_stanza_log");
local out = assert(io.open(path, "a"));
out:setvbuf("line");

local function stamp()
	local t = now();
	local whole = math.floor(t);
	return os.date("!%Y-%m-%dT%H:%M:%S", whole) .. string.format(".%06dZ", math.floor((t - whole) * 1e6));
end

local function user_of(session)
	if session.full_jid then
		return session.full_jid;
	elseif session.username then
		return session.username .. "@" .. session.host;
	end
	return "";
end

local function write(direction, stanza, session)
	out:write(json.encode {
		at = stamp(), direction = direction, user = user_of(session), xml = tostring(stanza),
		nonza = stanza_names[stanza.name] == nil or nil,
	}, "\n");
	out:flush();
end

local function on_in(stanza, session)
	if st.is_stanza(stanza) then
		write("in", stanza, session);
	end
	return stanza;
end

local function on_out(stanza, session)
	if st.is_stanza(stanza) and session.conn and not session.hibernating then
		write("out", stanza, session);
	end
	return stanza;
end

local function add(session)
	if session.type and session.type:sub(1, 3) == "c2s" then
		filters.add_filter(session, "stanzas/in", on_in, FIRST);
		filters.add_filter(session, "stanzas/out", on_out, LAST);
	end
end

filters.add_filter_hook(add);

function module.unload()
	filters.remove_filter_hook(add);
	out:close();
end
