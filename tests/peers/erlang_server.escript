#!/usr/bin/env escript
%% Server for tests, on Erlang's ssh: runs commands by sh.
%%
%%   erlang_server.escript FOLDER
%%
%% FOLDER holds ssh_host_ed25519_key and authorized_keys. The port is printed once the server listens; the server
%% ends with its standard input.

-mode(compile).

main([Folder]) ->
    {ok, _} = application:ensure_all_started(ssh),
    {ok, Server} = ssh:daemon({127, 0, 0, 1}, 0, [
        {system_dir, Folder}, {user_dir, Folder}, {auth_methods, "publickey"},
        {exec, {direct, fun run/1}}, {shell, disabled}]),
    {ok, Properties} = ssh:daemon_info(Server),
    io:format("~b~n", [proplists:get_value(port, Properties)]),
    wait().

wait() ->
    case io:get_line("") of
        eof -> halt(0);
        _ -> wait()
    end.

run(Command) ->
    {ok, os:cmd(Command)}.
