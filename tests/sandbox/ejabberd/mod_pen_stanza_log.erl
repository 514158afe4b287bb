%% Copyright (C) 2026 The Pen Register authors
%% SPDX-License-Identifier: GPL-3.0-or-later
%%
%% Writes every element that a client connection carries as one JSON line, in the format of the Prosody module of the
%% same name. The file of the environment variable PEN_STANZA_LOG is appended to by one process, which the connection
%% waits for, so that an incoming element is on disk before it is processed.

-module(mod_pen_stanza_log).
-behaviour(gen_mod).

-export([start/2, stop/1, reload/3, depends/2, mod_options/1, mod_doc/0]).
-export([on_recv/3, on_send/3]).

-define(WRITER, pen_stanza_log_writer).

start(Host, _Opts) ->
    start_writer(whereis(?WRITER)),
    ejabberd_hooks:add(c2s_handle_recv, Host, ?MODULE, on_recv, 0),
    ejabberd_hooks:add(c2s_handle_send, Host, ?MODULE, on_send, 0).

stop(Host) ->
    ejabberd_hooks:delete(c2s_handle_recv, Host, ?MODULE, on_recv, 0),
    ejabberd_hooks:delete(c2s_handle_send, Host, ?MODULE, on_send, 0).

reload(_Host, _New, _Old) -> ok.
depends(_Host, _Opts) -> [].
mod_options(_Host) -> [].
mod_doc() -> #{desc => <<"Log of every client stanza.">>}.

on_recv(State, El, _Pkt) ->
    write(<<"in">>, El, State),
    State.

%% A stanza for a connection that is gone has not been sent: stream management sends it when the client resumes.
on_send(State, Pkt, ok) ->
    write(<<"out">>, xmpp:encode(Pkt, <<"jabber:client">>), State),
    State;
on_send(State, _Pkt, _Error) ->
    State.

start_writer(undefined) ->
    Parent = self(),
    Pid = spawn(fun() ->
        register(?WRITER, self()),
        {ok, File} = file:open(os:getenv("PEN_STANZA_LOG"), [append, raw, binary]),
        Parent ! {self(), ready},
        loop(File)
    end),
    receive {Pid, ready} -> ok end;
start_writer(_Pid) ->
    ok.

loop(File) ->
    receive
        {From, Ref, Line} ->
            ok = file:write(File, [Line, $\n]),
            From ! {Ref, written}
    end,
    loop(File).

write(Direction, {xmlel, Name, Attrs, Children}, State) ->
    El = {xmlel, Name, lists:delete({<<"xmlns">>, <<"jabber:client">>}, Attrs), Children},
    Line = jiffy:encode({[{at, stamp()}, {direction, Direction}, {user, user_of(State)},
                          {xml, fxml:element_to_binary(El)} | nonza(Name)]}),
    Ref = make_ref(),
    ?WRITER ! {self(), Ref, Line},
    receive {Ref, written} -> ok after 5000 -> ok end;
write(_Direction, _Other, _State) ->
    ok.

nonza(Name) when Name == <<"message">>; Name == <<"presence">>; Name == <<"iq">> -> [];
nonza(_Name) -> [{nonza, true}].

user_of(#{jid := JID}) -> jid:encode(JID);
user_of(#{user := User, lserver := Server}) when User /= <<>> -> <<User/binary, "@", Server/binary>>;
user_of(_State) -> <<>>.

stamp() ->
    list_to_binary(calendar:system_time_to_rfc3339(os:system_time(microsecond), [{unit, microsecond}, {offset, "Z"}])).
