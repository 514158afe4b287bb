# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ejabberd with many people: Erlang that the server runs when it is asked to, which puts hundreds of contacts on
alice's list and gives each of them a copy of what one account has published."""

import time

from penbox import ejabberd, layout

WAIT_S, POLL_S = 300, 0.2
FIRST_NODE = 1000000

# Beside the registration of accounts: waits for a script, and runs it.
RUNNER = """, spawn (fun F () -> case filelib:is_file ("{folder}/crowd.script") of
 false -> timer:sleep (200), F ();
 true -> Said = io_lib:format ("~p", [catch file:script ("{folder}/crowd.script")]),
 file:write_file ("{folder}/crowd.said", Said), file:rename ("{folder}/crowd.said", "{folder}/crowd.done") end end)."""

# Alice's first contact is added as people do; the others are copies of that entry, in a table that stays in memory: on
# disk each of thousands under one key takes longer than the one before. Then every node of the model, with its items
# and states, once more for each name: the tables of mod_pubsub hold them by {host, node} and by a number of the node's.
COPY = """
Host = <<"{domain}">>,
Model = {{<<"{model}">>, Host, <<>>}},
Names = [{names}],
Listed = [{listed}],
mnesia:change_table_copy_type (roster, node (), disc_copies),
mod_admin_extra:add_rosteritem (<<"alice">>, Host, hd (Listed), Host, <<>>, <<>>, <<"both">>),
[First] = mnesia:dirty_read (roster, {{<<"alice">>, Host, {{hd (Listed), Host, <<>>}}}}),
[mnesia:dirty_write (setelement (4, setelement (2, First, {{<<"alice">>, Host, {{Name, Host, <<>>}}}}),
                                 {{Name, Host, <<>>}})) || Name <- tl (Listed)],
All = fun (Table) -> mnesia:dirty_select (Table, [{{'_', [], ['$_']}}]) end,
Nodes = [N || N <- All (pubsub_node), element (1, element (2, N)) =:= Model],
Of = fun (Table, Index) -> [R || R <- All (Table), element (2, element (2, R)) =:= Index] end,
Parts = [{{N, Of (pubsub_item, element (3, N)), Of (pubsub_state, element (3, N))}} || N <- Nodes],
Own = fun (Host1, Key) -> case Key of Model -> Host1; _ -> Key end end,
Copy = fun ({{Name, At}}) ->
  New = {{Name, Host, <<>>}},
  [begin
    Index = {first} + At * length (Parts) + K,
    mnesia:dirty_write (setelement (6, setelement (3, setelement (2, N, {{New, element (2, element (2, N))}}), Index),
                                    [New])),
    [mnesia:dirty_write (setelement (3, setelement (2, I, {{element (1, element (2, I)), Index}}), Index)) || I <- Items],
    [mnesia:dirty_write (setelement (3, setelement (2, S, {{Own (New, element (1, element (2, S))), Index}}), Index))
      || S <- States]
  end || {{K, {{N, Items, States}}}} <- lists:zip (lists:seq (0, length (Parts) - 1), Parts)]
end,
lists:foreach (Copy, lists:zip (Names, lists:seq (1, length (Names)))),
{{length (Parts), mnesia:table_info (pubsub_node, size)}}.
"""


def adapt(folder):
    """Before the server starts: it will run what is put into FOLDER."""
    assert ejabberd.REGISTER.endswith('"").'), "the sandbox registers its accounts otherwise now"
    ejabberd.REGISTER = ejabberd.REGISTER[:-1] + RUNNER.replace("{folder}", str(folder))


def terms(names):
    return ", ".join(f'<<"{name}">>' for name in names)


def fill(folder, model, names, listed):
    """Puts LISTED on alice's list, and gives NAMES what MODEL has published."""
    text = COPY.format(domain=layout.DOMAIN, model=model, names=terms(names), listed=terms(listed), first=FIRST_NODE)
    (folder / "crowd.new").write_text(text, encoding="utf-8")
    (folder / "crowd.new").rename(folder / "crowd.script")
    end = time.monotonic() + WAIT_S
    while not (folder / "crowd.done").exists():
        assert time.monotonic() < end, "ejabberd did not take the crowd in"
        time.sleep(POLL_S)
    said = (folder / "crowd.done").read_text(encoding="utf-8")
    assert said.startswith("{ok,{"), said
    return said
