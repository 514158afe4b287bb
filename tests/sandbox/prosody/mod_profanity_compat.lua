-- Copyright (C) 2026 The Pen Register authors
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What the other side of an interoperability test needs of a server, and Prosody 0.12 rightly does elsewhere or not at
-- all: Profanity 0.13.1 looks for publish-options on the server's address instead of the account's, and takes an error
-- for "no device list yet" only with the error code of XEP-0086. lurch looks for the PEP identity on the server.
-- Nothing of ours may need this.

local filters = require "util.filters";
local st = require "util.stanza";

local BEFORE_THE_LOG = 0;
local codes = { ["item-not-found"] = "404", ["forbidden"] = "403", ["conflict"] = "409" };
local stanza_errors = "urn:ietf:params:xml:ns:xmpp-stanzas";

module:add_feature("http://jabber.org/protocol/pubsub#publish-options");
if module:get_option_boolean("fake_server_pep_identity", false) then
	module:add_identity("pubsub", "pep");
end

local function code_of(stanza)
	local err = stanza.attr.type == "error" and stanza:get_child("error");
	if not err or err.attr.code then
		return nil;
	end
	for condition in err:childtags(nil, stanza_errors) do
		if codes[condition.name] then
			return codes[condition.name];
		end
	end
end

local function on_out(stanza, session)
	if not st.is_stanza(stanza) or session.host ~= module.host then
		return stanza;
	end
	local code = code_of(stanza);
	if not code then
		return stanza;
	end
	-- The stanza may be shared with other receivers, so a copy is changed.
	local copy = st.clone(stanza);
	copy:get_child("error").attr.code = code;
	return copy;
end

local function add(session)
	if session.type and session.type:sub(1, 3) == "c2s" then
		filters.add_filter(session, "stanzas/out", on_out, BEFORE_THE_LOG);
	end
end

filters.add_filter_hook(add);

function module.unload()
	filters.remove_filter_hook(add);
end
