%% Erlang's ftp, with the commands of the classic ftp program. It sends no REST.
-module(ftp_client).
-export([main/0]).

told(Name) -> os:getenv("ROUND_" ++ Name).

main() ->
    {ok, _} = application:ensure_all_started(ssl),
    {ok, _} = application:ensure_all_started(ftp),
    ok = io:setopts([{encoding, latin1}]),
    try
        Ftp = opened(ftp:open(told("HOST"), options(told("FRONT")))),
        done(ftp:user(Ftp, told("USER"), told("PASSWORD"))),
        done(ftp:type(Ftp, binary)),
        lines(Ftp),
        ftp:close(Ftp),
        halt(0)
    catch
        throw:Reason ->
            io:format(standard_error, "error: ~p~n", [Reason]),
            halt(1)
    end.

options(Front) ->
    Mode = case told("MODE") of "passive" -> passive; "active" -> active end,
    Options = [{port, list_to_integer(told("PORT"))}, {mode, Mode}, {timeout, 30000}, {dtimeout, 30000}],
    Tls = {tls, [{verify, verify_none}]},
    case Front of
        "plain" -> Options;
        "explicit" -> [Tls | Options];
        "implicit" -> [Tls, {tls_sec_method, ftps} | Options]
    end.

opened({ok, Ftp}) -> Ftp;
opened({error, Reason}) -> throw(Reason).

done(ok) -> ok;
done({error, Reason}) -> throw(Reason).

lines(Ftp) ->
    case io:get_line("") of
        eof -> ok;
        [$! | Command] ->
            os:cmd(string:trim(Command)),
            lines(Ftp);
        Line ->
            {match, Words} = re:run(Line, "\"([^\"]*)\"|(\\S+)", [global, {capture, all_but_first, list}]),
            obey(Ftp, [lists:append(Word) || Word <- Words]),
            lines(Ftp)
    end.

obey(Ftp, ["pwd"]) ->
    {ok, Directory} = ftp:pwd(Ftp),
    io:format("~s~n", [Directory]);
obey(Ftp, ["nlist", Directory, Local]) ->
    {ok, Names} = listed(ftp:nlist(Ftp, Directory)),
    ok = file:write_file(Local, Names);
obey(Ftp, ["dir"]) ->
    {ok, Listing} = listed(ftp:ls(Ftp)),
    io:format("~s~n", [Listing]);
obey(Ftp, ["get", Remote, Local]) -> done(ftp:recv(Ftp, Remote, Local));
%% `ftp:send` and `ftp:append` would send the files in pieces of 4 KiB.
obey(Ftp, ["put", Local, Remote]) ->
    {ok, Bytes} = file:read_file(Local),
    done(ftp:send_bin(Ftp, Bytes, Remote));
obey(Ftp, ["append", Local, Remote]) ->
    {ok, Bytes} = file:read_file(Local),
    done(ftp:append_bin(Ftp, Bytes, Remote));
obey(Ftp, ["rename", From, To]) -> done(ftp:rename(Ftp, From, To));
obey(Ftp, ["delete", Name]) -> done(ftp:delete(Ftp, Name));
obey(Ftp, ["mkdir", Name]) -> done(ftp:mkdir(Ftp, Name));
obey(Ftp, ["cd", Name]) -> done(ftp:cd(Ftp, Name));
obey(Ftp, ["rmdir", Name]) -> done(ftp:rmdir(Ftp, Name));
%% Pipes are no files for Erlang, so it drops the server by itself, after some bytes.
obey(Ftp, ["get-cut", Remote]) ->
    done(ftp:recv_chunk_start(Ftp, Remote)),
    {ok, _} = ftp:recv_chunk(Ftp),
    os:cmd(told("DROP")),
    rest(Ftp);
obey(Ftp, ["put-cut", Local, Remote]) ->
    {ok, Bytes} = file:read_file(Local),
    done(ftp:send_chunk_start(Ftp, Remote)),
    done(ftp:send_chunk(Ftp, binary:part(Bytes, 0, 1000))),
    os:cmd(told("DROP")),
    done(ftp:send_chunk(Ftp, Bytes)),
    done(ftp:send_chunk_end(Ftp)).

listed({ok, Text}) -> {ok, Text};
listed({error, Reason}) -> throw(Reason).

rest(Ftp) ->
    case ftp:recv_chunk(Ftp) of
        ok -> ok;
        {ok, _} -> rest(Ftp);
        {error, Reason} -> throw(Reason)
    end.
