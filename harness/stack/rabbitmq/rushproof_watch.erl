%% Runs inside a private RabbitMQ and tells what AMQP does not: how many messages were handed out and are not
%% acknowledged, by which consumers. AMQP tells ready messages and the number of consumers only, and what the
%% management plugin tells may be seconds old. Lets the firehose tracer copy what is published, too, whatever exchange
%% it goes to.
%%
%% One question a line, one answer a line, on the unix socket RUSHPROOF_WATCH:
%%
%%     ready         ok VERSION                     the broker takes connections
%%     queue NAME    queue READY UNACKED CONSUMERS AUTO    of one instant; AUTO of the consumers acknowledge nothing
%%                   none                           there is no such queue
%%     who NAME      who TAG at PEER, …
%%     empty         ok                             queues and exchanges of others than the broker are gone
%%
%% Anything else, and what fails, is answered with: error TEXT
-module(rushproof_watch).
-export([start/0]).

-define(VHOST, <<"/">>).

start() ->
    spawn(fun() ->
        ok = rabbit:await_startup(),
        rabbit_trace:start(?VHOST),
        Path = os:getenv("RUSHPROOF_WATCH"),
        _ = file:delete(Path),
        {ok, Door} = gen_tcp:listen(0, [binary, {ifaddr, {local, Path}}, {packet, line}, {active, false}]),
        accept(Door)
    end).

accept(Door) ->
    {ok, Guest} = gen_tcp:accept(Door),
    Host = spawn(fun() -> receive begin_now -> serve(Guest) end end),
    ok = gen_tcp:controlling_process(Guest, Host),
    Host ! begin_now,
    accept(Door).

serve(Guest) ->
    case gen_tcp:recv(Guest, 0) of
        {ok, Line} ->
            ok = gen_tcp:send(Guest, [answer(binary:part(Line, 0, byte_size(Line) - 1)), $\n]),
            serve(Guest);
        {error, _} ->
            gen_tcp:close(Guest)
    end.

answer(Question) ->
    try
        tell(Question)
    catch
        Class:Reason ->
            Text = io_lib:format("error ~0p: ~0P", [Class, Reason, 12]),
            re:replace(Text, "[\r\n]+", " ", [global])
    end.

tell(<<"ready">>) ->
    ["ok ", rabbit_misc:version()];
tell(<<"queue ", Name/binary>>) ->
    with_queue(Name, fun(Queue) ->
        settle(Queue),
        {Ready, Unacked} = lengths(Queue),
        Consumers = rabbit_amqqueue:consumers(Queue),
        Auto = [C || C <- Consumers, element(3, C) =:= false],
        io_lib:format("queue ~b ~b ~b ~b", [Ready, Unacked, length(Consumers), length(Auto)])
    end);
tell(<<"who ", Name/binary>>) ->
    with_queue(Name, fun(Queue) ->
        ["who ", lists:join(", ", [[element(2, C), " at ", peer(element(1, C))] || C <- rabbit_amqqueue:consumers(Queue)])]
    end);
tell(<<"empty">>) ->
    [{ok, _} = rabbit_amqqueue:delete(Q, false, false, <<"rushproof">>)
     || Q <- rabbit_amqqueue:list(?VHOST), amqqueue:get_exclusive_owner(Q) =:= none],
    [rabbit_exchange:delete(Name, false, <<"rushproof">>) || Name <- foreign_exchanges()],
    "ok".

with_queue(Name, Fun) ->
    case rabbit_amqqueue:lookup(rabbit_misc:r(?VHOST, queue, Name)) of
        {ok, Queue} -> Fun(Queue);
        {error, not_found} -> "none"
    end.

%% What was published may still be with a channel, or in the queue's mailbox, where questions overtake it. A channel
%% answers between two messages; a queue is told of a channel's end in the order of its messages, and knows none of ours.
settle(Queue) ->
    [catch rabbit_channel:info(Channel, [number]) || Channel <- rabbit_channel:list_local()],
    case amqqueue:get_type(Queue) of
        rabbit_classic_queue -> gen_server2:call(amqqueue:get_pid(Queue), {notify_down, self()}, infinity);
        _ -> ok
    end.

%% A quorum queue's own figures are refreshed every few seconds, so it is asked by way of its log.
lengths(Queue) ->
    case amqqueue:get_type(Queue) of
        rabbit_quorum_queue ->
            {ok, Ready, _} = ra:consistent_query(amqqueue:get_pid(Queue), fun rabbit_fifo:query_messages_ready/1),
            {ok, All, _} = ra:consistent_query(amqqueue:get_pid(Queue), fun rabbit_fifo:query_messages_total/1),
            {Ready, max(0, All - Ready)};
        rabbit_classic_queue ->
            [{_, Ready}, {_, Unacked}] = rabbit_amqqueue:info(Queue, [messages_ready, messages_unacknowledged]),
            {Ready, Unacked};
        Type ->
            error({no_queue_whose_messages_are_acknowledged, Type})
    end.

peer(Channel) ->
    case catch rabbit_channel:info(Channel, [name]) of
        [{name, Name}] -> hd(string:split(Name, " -> "));
        _ -> "?"
    end.

foreign_exchanges() ->
    [Name || Name = {resource, _, exchange, Text} <- rabbit_exchange:list_names(),
             Text =/= <<>>, binary:longest_common_prefix([Text, <<"amq.">>]) < 4].
