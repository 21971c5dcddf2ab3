/* The checks: CHECK(name, also, applies, members of struct check …). also is another name that
 * scenarios may use, or ""; title is what people in the field call it. applies, of verify/checks.c,
 * narrows by_default to runs for which the check makes sense; always: all. Included by whoever
 * makes a table of them; the judge is judge_name. */

CHECK(burst_simultaneous, "", has_burst, .spoiled = true, .title = "simultaneous arrival",
      .by_default = true,
      .help = "the burst was one: spread and peak in flight within `require`, or else within what "
              "this machine manages; otherwise the run is invalid")

CHECK(not_vacuous, "", always, .title = "vacuity", .by_default = true,
      .help = "the run can prove something: a decision and a store that was read, one accept, one "
              "reject when more ask than the limit, one row")

CHECK(response_classified, "", always, .title = "response classification", .by_default = true,
      .takes = WORDS("at_most"),
      .help = "each answer that is no server error matches exactly one rule of `responses`")

CHECK(undecided, "", decides_later, .title = "decision timeout", .by_default = true,
      .takes = WORDS("at_most"),
      .help = "at most `at_most` users who were given a ticket have no decision by "
              "the `timeout` of `decide`")

CHECK(errors, "", always, .spoiled = true, .title = "error budget", .by_default = true,
      .fails_on = NEEDS_DECISIONS, .takes = WORDS("at_most"),
      .help =
          "at most `at_most` requests end in a server error, a refused or broken connection, a "
          "timeout (what only took longer than `request.timeout` convicts where `expect` has this "
          "check, and is unknown elsewhere)")

CHECK(processes, "", processes_watched, .title = "process health", .by_default = true,
      .help =
          "no process that the run started ended by a signal or with a code while nobody had "
          "asked (workers' deaths only as far as their supervisor ends with them), and a service "
          "that it did not start still takes a connection at the end")

CHECK(observed, "", statements_watched, .title = "statements observed", .by_default = true,
      .help =
          "with `between`: the processes came to their stores by way of the proxy, so that what "
          "it tells is the whole of it")

CHECK(contention, "", always, .spoiled = true, .title = "lock contention",
      .takes = WORDS("query", "at_most", "p50", "p99", "max"),
      .asks = WORDS("at_most", "p50", "p99", "max"),
      .help =
          "with `between`: of no statement (or of those that contain `query`) were more than "
          "`at_most` inside their store at once, and none stayed there longer than p50, p99, max")

CHECK(drained, "", has_pipeline, .title = "quiescence", .by_default = true,
      .absent_on = ROWS | GONE,
      .help = "the pipeline came to rest before the rows were judged, and nobody is missing: "
              "commits, ends, records and rows say so")

CHECK(cap_safety, "", has_one_pool, .title = "no oversell at any time", .by_default = true,
      .needs = NEEDS_ROW_SAMPLES, .passes_on = NEEDS_COUPONS,
      .help = "no sample of the rows, at any time, is over the limit")

CHECK(cap_exact, "", has_one_pool, .title = "exact allocation", .by_default = true,
      .needs = NEEDS_COUPONS, .passes_on = ROWS | NEEDS_REST, .absent_on = ROWS | GONE,
      .help = "users with a coupon or parked are exactly the limit, or all who tried when they are "
              "fewer")

CHECK(oversold, "double_spend", has_items, .title = "oversold items", .by_default = true,
      .needs = NEEDS_ITEMS, .needs_one = NEEDS_COUPONS | NEEDS_DECISIONS,
      .passes_on = NEEDS_COUPONS,
      .help = "of no item more units were sold than there are (with `overbook` beyond them): by "
              "the answers, by each sample of the rows, and by the rows at the end")

CHECK(undersold, "", has_items, .title = "undersold items", .by_default = true,
      .needs = NEEDS_DECISIONS | NEEDS_ITEMS, .passes_on = NEEDS_COUPONS | NEEDS_REST,
      .absent_on = ROWS | GONE,
      .help = "nobody was told no to an order of which there was certainly enough, neither at that "
              "time nor in the end")

CHECK(seat_twice, "double_booking", has_seats, .title = "double booking", .by_default = true,
      .needs = NEEDS_ITEMS, .needs_one = NEEDS_COUPONS | NEEDS_DECISIONS,
      .passes_on = NEEDS_COUPONS,
      .help = "of an item of which there is one, nobody has what another one has")

CHECK(over_own_limit, "", limits_own, .title = "limit per customer", .by_default = true,
      .needs = NEEDS_ITEMS, .needs_one = NEEDS_COUPONS | NEEDS_DECISIONS,
      .passes_on = NEEDS_COUPONS,
      .help = "nobody has more units than `items.own_limit`, of all items together")

CHECK(partial_orders, "", has_items, .title = "atomic orders", .by_default = true,
      .needs = NEEDS_DECISIONS | NEEDS_ITEMS, .absent_on = ROWS | GONE,
      .help = "an order is granted as it was asked for or not at all, all of its lines or none; "
              "with `items.partial` at most as it was asked for")

CHECK(stock_conserved, "lost_update", has_items, .title = "conservation of stock",
      .by_default = true, .needs = NEEDS_STOCK | NEEDS_ITEMS,
      .needs_one = NEEDS_COUPONS | NEEDS_DECISIONS, .passes_on = NEEDS_STOCK | ROWS | NEEDS_REST,
      .fails_on = NEEDS_STOCK | ROWS | NEEDS_REST, .absent_on = NEEDS_STOCK | ROWS | GONE,
      .help = "of each item what is left and what was sold are what there was; fewer than none "
              "left is a fault where `evidence.stock.negative` says so")

CHECK(restored_once, "", gives_back, .title = "restock exactly once", .by_default = true,
      .needs = NEEDS_DECISIONS | NEEDS_ITEMS, .passes_on = NEEDS_STOCK | ROWS | NEEDS_REST,
      .fails_on = NEEDS_STOCK | ROWS | NEEDS_REST, .absent_on = NEEDS_STOCK | ROWS | GONE,
      .help = "units that were cancelled, refunded or expired are there again, and once")

CHECK(expired_xor_paid, "", expires, .title = "hold expiry against payment", .by_default = true,
      .needs = NEEDS_DECISIONS | NEEDS_ITEMS, .passes_on = NEEDS_STOCK | ROWS | NEEDS_REST,
      .fails_on = NEEDS_STOCK | ROWS | NEEDS_REST, .absent_on = ROWS | GONE,
      .help = "with `items.hold`: what was paid is nobody else's, and stays; what has expired is "
              "not paid")

CHECK(cancelled_xor_used, "", acts, .title = "cancellation against use", .by_default = true,
      .needs = NEEDS_DECISIONS | NEEDS_ITEMS, .passes_on = ROWS | NEEDS_REST,
      .absent_on = ROWS | GONE,
      .help = "no order that was given back is paid or used afterwards, or has its row still; of "
              "two actions that exclude each other one is told yes")

CHECK(own_orders, "", acts_for_others, .title = "object-level authorization", .by_default = true,
      .needs = NEEDS_ITEMS,
      .help = "who asks about somebody else's order (`others: true`) is told no")

CHECK(lost, "", has_promises, .title = "lost writes", .by_default = true,
      .needs = NEEDS_COUPONS | NEEDS_NAMES, .needs_one = NEEDS_DECISIONS | NEEDS_PRODUCED,
      .passes_on = NEEDS_COUPONS, .absent_on = ROWS | NEEDS_PROOF_OF_ONE | NEEDS_DECISIONS,
      .help = "everybody who was told yes has a coupon or is parked; with items, rows of all that "
              "was granted")

CHECK(parked, "dead_lettered", always, .title = "dead-lettered", .by_default = true,
      .needs = NEEDS_PARKED | NEEDS_NAMES, .passes_on = NEEDS_PARKED,
      .absent_on = NEEDS_COUPONS | GONE, .takes = WORDS("at_most"),
      .help = "at most `at_most` users who were told yes ended in the table or queue of failed "
              "events; one who has a coupon as well: unknown, for it may be given twice")

CHECK(phantom, "", always, .title = "phantom grants", .by_default = true,
      .needs = NEEDS_COUPONS | NEEDS_DECISIONS | NEEDS_NAMES, .passes_on = NEEDS_COUPONS,
      .help = "nobody who was told no has a coupon, or is among the failed events")

CHECK(unexpected, "", always, .title = "orphan rows", .by_default = true,
      .needs = NEEDS_COUPONS | NEEDS_NAMES, .passes_on = NEEDS_COUPONS,
      .help = "every coupon and failed event belongs to a user who asked in this run")

CHECK(duplicate, "", always, .title = "exactly once", .by_default = true, .needs = NEEDS_NAMES,
      .needs_one = NEEDS_COUPONS | NEEDS_PRODUCED, .passes_on = NEEDS_COUPONS | NEEDS_PRODUCED,
      .takes = WORDS("at_most"),
      .help = "nobody has two coupons, and at most `at_most` records were produced twice")

CHECK(
    counter, "", always, .title = "counter consistency", .by_default = true, .needs = NEEDS_COUNTER,
    .passes_on = NEEDS_COUNTER, .absent_on = NEEDS_COUNTER | GONE,
    .help = "the counter grew (a stock fell) by the requests, accepts or users that `counts` names")

CHECK(slots_burned, "leaked_slots", has_one_pool, .title = "leaked slots", .by_default = true,
      .needs = NEEDS_COUNTER, .needs_one = NEEDS_PRODUCED | NEEDS_COUPONS,
      .passes_on = NEEDS_COUNTER | NEEDS_PRODUCED,
      .absent_on = ROWS | NEEDS_COUNTER | NEEDS_PRODUCED | GONE,
      .help = "every slot that was counted within the limit became a record (a coupon, without a "
              "pipeline)")

CHECK(retry, "", users_repeat, .title = "idempotent retries", .by_default = true,
      .needs = NEEDS_COUPONS | NEEDS_NAMES, .passes_on = NEEDS_COUPONS | NEEDS_REST,
      .absent_on = ROWS | GONE,
      .help = "users who asked more than once have one coupon when told yes, and never two")

CHECK(idempotent_effect, "", has_keys, .title = "idempotent effect", .by_default = true,
      .needs = NEEDS_COUPONS | NEEDS_NAMES, .passes_on = NEEDS_COUPONS | NEEDS_REST,
      .help = "with `idempotency`: whatever is sent under one key, however often, has one effect")

CHECK(idempotent_answer, "", has_keys, .title = "idempotent answer", .by_default = true,
      .needs = NEEDS_DECISIONS,
      .help = "with `idempotency`: who asks again under his key is told what he was told first, by "
              "the same order; while the first request is under way also `responses.in_progress`")

CHECK(fcfs, "", always, .spoiled = true, .title = "first come, first served", .by_default = true,
      .needs = NEEDS_DECISIONS,
      .help = "first come, first served: one sell-out instant explains every decision")

CHECK(fcfs_distance, "", always, .spoiled = true, .title = "order violations",
      .needs = NEEDS_DECISIONS, .takes = WORDS("at_most"),
      .help = "at most `at_most` disjoint pairs were turned away before another was released and "
              "served")

CHECK(fcfs_rank, "", ranks_given, .spoiled = true, .title = "rank order", .by_default = true,
      .needs = NEEDS_DECISIONS, .takes = WORDS("at_most"),
      .help =
          "ranks are places within the limit, in the order of time: at most `at_most` users are "
          "overtaken or share one")

CHECK(fcfs_power, "", always, .spoiled = true, .title = "statistical power",
      .needs = NEEDS_DECISIONS, .takes = WORDS("power_percent"),
      .help = "at least `power_percent` of all pairs of decisions were ordered in time, so "
              "unfairness shows")

CHECK(late, "", waits_for_drained, .title = "late arrivals", .by_default = true,
      .needs = NEEDS_TIMELINE,
      .help = "what changes in the late window after drained is nothing wrong")

CHECK(latency, "", always, .spoiled = true, .title = "latency percentiles",
      .takes = WORDS(QUANTILES), .asks = WORDS(QUANTILES),
      .help = "p50, p90, p99 and max from the scheduled start are within limits")

CHECK(sql, "", always, .title = "SQL assertion", .takes = WORDS("query", "url", COMPARES),
      .asks = WORDS(COMPARES), .help = "the value of `query` in the database compares as it says")

CHECK(redis, "", always, .title = "Redis assertion", .takes = WORDS("query", "url", COMPARES),
      .asks = WORDS(COMPARES), .help = "the value of `query` in Redis compares as it says")

CHECK(bystander, "background_workload", always, .spoiled = true, .title = "background workload",
      .needs = NEEDS_BYSTANDER, .takes = WORDS("at_most", QUANTILES),
      .asks = WORDS("at_most", QUANTILES),
      .help = "another user of the database stays within p50, p90, p99, max during the run")
