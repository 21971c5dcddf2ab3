#!/usr/bin/python3
"""One rush from four agents on loopback, and what may go wrong with them."""
import argparse
import csv
import os
import pathlib
import signal
import subprocess
import sys
import time

from field import BURST, CASES, Field, PATIENCE, SHORT, case, free_port, orders_by, read_history, short, wait_for  # noqa: E402
import frames  # noqa: E402
import rounds  # noqa: E402, F401
import runner  # noqa: E402
from tap import Tap  # noqa: E402

NARROW = 'load.0.burst.require={spread: 10s, in_flight: -1}'


def four(field, **options):
    return [field.agent(**options) for _ in range(4)]


def failed(result):
    return sorted(check['name'] for check in result['checks'] if check['verdict'] == 'fail')


# ---- whole runs ----


@case
@short
def the_right_service_passes(field):
    """Agents before or after the coordinator, ranks taken as they come."""
    agents = four(field)
    field.start()
    result = field.finish(0)
    assert result['verdict'] == 'pass', result
    assert sorted(field.shop.asked) == list(range(1, 121)), sorted(field.shop.asked)
    assert [agent['requests'] for agent in result['agents']] == [30] * 4, result['agents']
    assert all(0 < agent['bound_ns'] < 50e6 for agent in result['agents']), result['agents']
    with open(field.dir / 'history.csv') as file:
        rows = list(csv.DictReader(file))
    assert {row['agent'] for row in rows} == {'1', '2', '3', '4'} and len(rows) == 120
    assert [agent.end() for agent in agents] == [0] * 4
    field.nothing_left(15)
    assert '4 agents' in field.said(), field.said()
    again = subprocess.run([runner.BIN / 'rushproof', 'verify', field.dir], capture_output=True, text=True)
    assert again.returncode == 0, again.stdout + again.stderr
    page = (field.dir / 'report.html').read_text()
    assert 'release spread' in page


@case
@short
def a_race_that_sells_too_many_fails(field):
    four(field)
    field.start('--set', NARROW, '--set', 'load.0.burst.requests=400', scenario='count-race')
    result = field.finish(1)
    assert 'cap_safety' in failed(result), failed(result)
    field.nothing_left()


@case
def an_atomic_counter_passes(field):
    four(field)
    field.start('--set', NARROW, '--set', 'load.0.burst.requests=400', scenario='redis')
    result = field.finish(0)
    assert result['load']['accepted'] == 100, result['load']
    field.nothing_left()


@case
def several_phases_and_several_requests_a_user(field):
    field.scenario('[burst: {requests: 41, require: {spread: 10s, in_flight: -1}}, {rate: {rate: 200, requests: 37}}, '
                   '{waves: {waves: 3, size: 7, every: 50ms}}, {closed: {connections: 8, requests: 33}}, '
                   '{burst: {requests: 50, require: {spread: 10s, in_flight: -1}}, again: true}, pause: 100ms]')
    four(field)
    field.start()
    result = field.finish(0)
    users = 41 + 37 + 21 + 33
    assert sorted(set(field.shop.asked)) == list(range(1, users + 1)), sorted(set(field.shop.asked))
    assert len(field.shop.asked) == users + 50
    assert [phase['sent'] for phase in result['load']['phases'][:5]] == [41, 37, 21, 33, 50], result['load']['phases']
    field.nothing_left()


@case
@short
def secrets_stay_where_they_are(field):
    """Each agent fills ${NAME} in by itself; a name that one of them lacks is told in the roll call."""
    field.scenario(more=', headers: {Authorization: "Bearer ${TOKEN}"}')
    seen = []
    agents = [field.agent(env={'TOKEN': f'hush-hush-{i}'}) for i in range(3)]
    field.start(env={'TOKEN': 'hush-hush-c'})
    wait_for(lambda: field.redis.ask('EXISTS', f'rushproof:{{{field.session}}}:scenario') == '1', 'a scenario')
    seen.append(field.redis.ask('GET', f'rushproof:{{{field.session}}}:scenario'))
    assert 'hush-hush' not in seen[0] and '${TOKEN}' in seen[0], seen
    agents.append(field.agent(env={'TOKEN': 'hush-hush-3'}))
    field.finish(0)
    assert field.shop.tokens == {f'Bearer hush-hush-{i}' for i in range(4)}, field.shop.tokens
    field.nothing_left()


@case
@short
def a_missing_name_is_told_in_the_roll_call(field):
    field.scenario(more=', headers: {Authorization: "Bearer ${TOKEN}"}')
    agents = [field.agent(env={'TOKEN': 'x' * 20}) for _ in range(3)] + [field.agent()]
    field.start(env={'TOKEN': 'x' * 20})
    field.finish(3, '${TOKEN} is not set')
    assert not field.shop.asked
    assert agents[3].end() == 3
    field.nothing_left()


@case
def a_secret_in_the_scenario_is_not_handed_over(field):
    field.scenario(more=', headers: {Authorization: "Bearer abcdef0123456789"}')
    field.start()
    field.finish(3, 'a secret is written')
    assert not field.redis.keys(), field.redis.keys()


@case
@short
def the_services_own_redis_is_refused(field):
    field.start('--set', 'stack.redis=' + field.redis.url)
    field.finish(2, "is the service's own")
    assert not field.shop.asked
    field.nothing_left()


@case
def sessions_keep_apart(field):
    """Two runs over one Redis, at the same time."""
    four(field)
    first = field.start()
    session, field.session = field.session, field.session + '-other'
    four(field)
    out = open(field.path / 'other', 'w')
    other = subprocess.Popen([runner.BIN / 'rushproof', 'run', 'agents.yaml', f'--output={field.path}/others', '--agents=4',
                              f'--redis={field.redis.url}', f'--session={field.session}', '--set', 'users.first=1001', '--set', 'limit=40'],
                             cwd=field.path, stdout=out, stderr=out)
    field.session = session
    other.wait(timeout=PATIENCE)
    first.wait(timeout=PATIENCE)
    assert sorted(field.shop.asked) == [*range(1, 121), *range(1001, 1121)], field.said()
    field.nothing_left()


@case
@short
def several_addresses_to_come_from(field):
    """Each agent's own, in turns, filled in from its environment; and one that its machine has not."""
    field.scenario(more=', source_addresses: "${WHENCE}"')
    for i in range(4):
        field.agent(env={'WHENCE': f'127.0.{i}.2-127.0.{i}.4'})
    field.start(env={'WHENCE': '127.0.0.1'})
    result = field.finish(0)
    assert sorted(field.shop.whence) == [f'127.0.{i}.{k}' for i in range(4) for k in (2, 3, 4)], field.shop.whence
    assert set(field.shop.whence.values()) == {10}, field.shop.whence
    phase = result['load']['phases'][0]
    assert phase['connections'] == 120 and '127.0.3.2-127.0.3.4' in phase['source_addresses'], phase
    field.nothing_left(15)
    field.agents.clear()
    field.shop.sold.clear()
    four(field, env={'WHENCE': '192.0.2.77'})
    field.start(env={'WHENCE': '127.0.0.1'})
    field.finish(4, '192.0.2.77 is no address of this machine')
    assert len(field.shop.asked) == 120
    field.nothing_left()


# ---- HTTP/2 ----


GRPC = '''name: agents
limit: 20
stack: {{redis: none, postgres: none, kafka: none}}
request:
  url: "http://127.0.0.1:{port}"
  grpc: {{service: lies.Shop, method: Buy, proto: lies.proto, message: {{user: "{{{{user}}}}"}}}}
responses: {{accepted: {{grpc: OK, json: {{/user: "{{{{user}}}}"}}}}, rejected: {{grpc: FAILED_PRECONDITION}}}}
load: {load}
evidence: {{coupons: {{query: ., url: "{rows}/rows"}}}}
drain: {{timeout: 3s}}
'''


def sell(shop, looks):
    """What a shop of gRPC answers that has one lock, or one that looks first and sells later."""
    def answers(stream, user):
        with shop.lock:
            left = len(shop.sold) < shop.limit
        time.sleep(looks)
        with shop.lock:
            shop.asked.append(user)
            left = left if looks else len(shop.sold) < shop.limit
            if left:
                shop.sold.append(user)
        return frames.answer(stream, user, frames.YES if left else frames.NO)
    return answers


def rush_of_calls(field, code, gate='auto', looks=0.0):
    """Four agents of two workers each, which have fifteen calls: ten on one connection, five on another."""
    with frames.Service(sell(field.shop, looks)) as service:
        (field.path / 'lies.proto').write_text(frames.PROTO)
        load = BURST.replace('requests', f'gate: {gate}, requests')
        (field.path / 'agents.yaml').write_text(GRPC.format(port=service.port, load=load, rows=field.shop.url))
        four(field)
        field.start()
        result = field.finish(code)
    assert sorted(field.shop.asked) == list(range(1, 121)), sorted(field.shop.asked)
    phase = result['load']['phases'][0]
    assert (phase['protocol'], phase['connections'], phase['streams']) == ('HTTP/2', 16, 10), phase
    field.nothing_left()
    return result, phase


@case
@short
def calls_of_grpc_pass(field):
    result, phase = rush_of_calls(field, 0)
    assert result['load']['accepted'] == 20 and phase['gate'] == 'one-write', result['load']


@case
def calls_of_grpc_up_to_the_last_frame(field):
    _, phase = rush_of_calls(field, 0, gate='last-frame')
    assert phase['gate'] == 'last-frame', phase


@case
def calls_of_grpc_that_sell_too_many_fail(field):
    result, _ = rush_of_calls(field, 1, looks=0.05)
    assert 'cap_safety' in failed(result), failed(result)


# ---- clocks ----


@case
@short
def no_order_that_is_taken_as_proven_is_false(field):
    """Agents whose clocks are off by seconds, and gain or lose: the shop, on the coordinator's clock, knows the truth."""
    library = field.path / 'skew.so'
    made = subprocess.run(['cc', '-shared', '-fPIC', '-O2', '-o', library, pathlib.Path(__file__).with_name('skew.c')],
                          capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    field.scenario('[rate: {rate: 400, requests: 1000}]')
    for skew, ppm in ((5_000_000_000, 200), (-5_000_000_000, -200), (1_234_567, 0), (0, 100)):
        field.agent(env={'LD_PRELOAD': str(library), 'SKEW_NS': str(skew), 'SKEW_PPM': str(ppm)})
    field.start()
    result = field.finish(0)
    offsets = sorted(agent['offset_ns'] for agent in result['agents'])
    assert 9.9e9 < offsets[-1] - offsets[0] < 10.1e9 + 0.0006 * time.monotonic_ns(), offsets
    rows = read_history(field, result)
    early = [row for row in rows if field.shop.seen[row[0]] < row[1] - row[3]]
    late = [row for row in rows if field.shop.seen[row[0]] > row[2] + row[3]]
    assert not early and not late, f'{len(early)} came before they left, {len(late)} after they were answered'
    proven, wrong = orders_by(rows, field.shop.seen)
    assert not wrong, f'{wrong[0][0]} was answered before {wrong[0][1]} left, they say, and came after it'
    assert proven > 100000, proven
    bounds = sorted(agent['bound_ns'] for agent in result['agents'])
    print(f'# bounds {bounds} ns, {proven} orders', flush=True)


# ---- ranks ----


@case
@short
def the_same_rank_twice(field):
    """The first holds the lease, the other ends."""
    first = field.agent('--rank=0')
    first.says('rank 0')
    second = field.agent('--rank=0')
    assert second.end() == 3 and 'already' in second.said(), second.said()
    for rank in (1, 2, 3):
        field.agent(env={'JOB_COMPLETION_INDEX': str(rank)})
    field.start()
    field.finish(0)
    field.nothing_left()


@case
def a_wrong_number_of_agents_is_told(field):
    agents = [field.agent(env={'SLURM_PROCID': str(rank), 'SLURM_NTASKS': '4'}) for rank in range(4)]
    field.start(agents=3)
    field.finish(3, '4 agents were started')
    assert not field.shop.asked
    assert all(agent.end() != 0 for agent in agents)
    field.nothing_left()


@case
def too_few_agents_are_told_what_to_type(field):
    field.agent()
    field.start('--agents-wait=2s')
    field.finish(4, 'rushproof agent --redis')
    assert not field.shop.asked
    field.nothing_left()


# ---- faults ----


def ready(field, agents):
    for agent in agents:
        agent.says('ready')


@case
@short
def an_agent_that_is_killed_before_it_has_staged(field):
    agents = [field.agent() for _ in range(3)]
    field.start()
    for agent in agents:
        agent.says('rank')
    wait_for(lambda: '3 of 4' in field.said() or True, 'three')
    time.sleep(1)  # whether it has said that it is here is all the same
    agents[0].kill()
    fourth = field.agent()
    code = field.run.wait(timeout=PATIENCE)
    assert code in (2, 4, 3), field.said()
    assert not field.shop.asked, 'nobody may fire'
    assert fourth.end() != 0
    field.nothing_left()


@case
@short
def an_agent_that_is_killed_while_it_is_held(field):
    """By a SIGSTOP of another one, which keeps all of them waiting."""
    agents = four(field)
    agents[1].says('rank')
    os.kill(agents[1].process.pid, signal.SIGSTOP)
    field.start()
    time.sleep(2)
    agents[0].kill()
    os.kill(agents[1].process.pid, signal.SIGCONT)
    code = field.run.wait(timeout=PATIENCE)
    assert code in (2, 3, 4), f'{code}: {field.said()}'
    assert not field.shop.asked, field.said()
    field.nothing_left()


@case
@short
def an_agent_that_is_killed_after_the_release(field):
    """What it sent is not known: never a pass."""
    field.shop.slow = 2.0
    agents = four(field)
    field.start()
    wait_for(lambda: field.redis.ask('EXISTS', f'rushproof:{{{field.session}}}:go:0') == '1', 'a go')
    time.sleep(2)  # the instant has passed by then
    agents[2].kill()
    result = field.finish(2, 'was lost')
    assert result['verdict'] == 'unknown', result['verdict']
    field.nothing_left()


@case
@short
def the_coordinator_is_killed_in_the_roll_call(field):
    agents = [field.agent() for _ in range(3)]
    field.start()
    for agent in agents:
        agent.says('rank')
    wait_for(lambda: field.redis.ask('EXISTS', f'rushproof:{{{field.session}}}:scenario') == '1', 'a scenario')
    field.run.kill()
    field.run.wait()
    began = time.monotonic()
    for agent in agents:
        agent.says('ready')
    assert all(agent.end(40) in (2, 4) for agent in agents)
    assert time.monotonic() - began < 40
    assert not field.shop.asked
    field.nothing_left(45)


@case
def the_coordinator_is_interrupted(field):
    agents = [field.agent() for _ in range(3)]
    field.start()
    for agent in agents:
        agent.says('ready')
    field.run.send_signal(signal.SIGINT)
    assert field.run.wait(timeout=PATIENCE) == 130, field.said()
    assert all(agent.end(30) != 0 for agent in agents)
    assert not field.shop.asked
    field.nothing_left()


def away(field, when, seconds=2):
    when()
    field.redis.pause(seconds)


@case
@short
def a_redis_that_is_away_for_two_seconds(field):
    """In every part of a run: it is a pass, or unknown, and nothing stays."""
    field.shop.slow = 0.5
    key = f'rushproof:{{{field.session}}}:'
    parts = {'roll call': lambda: wait_for(lambda: field.redis.ask('EXISTS', key + 'scenario') == '1', 'a scenario'),
             'go': lambda: wait_for(lambda: field.redis.ask('EXISTS', key + 'go:0') == '1', 'a go'),
             'release': lambda: wait_for(lambda: field.shop.asked, 'a request')}
    for part, when in parts.items():
        field.shop.asked.clear(), field.shop.sold.clear()
        field.agents.clear()
        four(field)
        field.start()
        away(field, when)
        code = field.run.wait(timeout=PATIENCE)
        result = field.result()
        assert code in (0, 2), f'{part}: {code}\n{field.said()}'
        if code == 0:
            assert sorted(field.shop.asked) == list(range(1, 121)), f'{part}: a pass of {len(field.shop.asked)}'
        field.nothing_left()


@case
@short
def a_redis_that_is_restarted_is_another(field):
    field.shop.slow = 3.0
    four(field)
    field.start()
    wait_for(lambda: field.redis.ask('EXISTS', f'rushproof:{{{field.session}}}:go:0') == '1', 'a go')
    time.sleep(2)
    field.redis.stop()
    field.redis.start()
    result = field.finish(2, 'restarted')
    assert result['verdict'] == 'unknown'
    field.nothing_left()


@case
def a_redis_that_evicts_is_refused(field):
    field.redis.ask('CONFIG', 'SET', 'maxmemory', '100mb')
    field.redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    field.start()
    field.finish(4, 'noeviction')


def grant(field):
    """Makes the user that docs/many-machines.md lists: these commands, and the keys of rushproof alone."""
    page = (pathlib.Path(__file__).resolve().parents[2] / 'docs/many-machines.md').read_text()
    rights = next(line for line in page.splitlines() if line.strip().startswith('ACL SETUSER')).split()[2:]
    assert field.redis.ask('ACL', 'SETUSER', *rights) == 'OK', rights
    return rights[0], next(word for word in rights if word.startswith('>'))[1:]


@case
def a_user_with_few_rights_is_enough(field):
    name, password = grant(field)
    field.redis.url = f'redis://{name}:{password}@127.0.0.1:{field.redis.port}'
    four(field)
    field.start()
    field.finish(0)
    field.nothing_left()


@case
@short
def over_tls_with_few_rights(field):
    """rediss:// by a user that has the rights of docs/many-machines.md alone; whoever does not know the authority is told."""
    made = subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
                           '-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2', '-subj', '/CN=localhost', '-addext',
                           'subjectAltName=DNS:localhost,IP:127.0.0.1'], cwd=field.path, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    port = free_port()
    for name, value in (('tls-cert-file', 'cert.pem'), ('tls-key-file', 'key.pem'), ('tls-auth-clients', 'no'),
                        ('tls-ca-cert-file', 'cert.pem'), ('tls-port', str(port))):
        assert field.redis.ask('CONFIG', 'SET', name, value) == 'OK', name
    name, password = grant(field)
    place = f'rediss://{name}:{password}@localhost:{port}'
    field.redis.url = place
    stranger = field.agent('--wait=0s')
    assert stranger.end() == 4 and 'certificate' in stranger.said(), stranger.said()
    field.redis.url = f'{place}?ssl_ca_certs={field.path}/cert.pem'
    four(field)
    field.start()
    field.finish(0)
    assert password not in ''.join(agent.said() for agent in field.agents) + field.said()
    field.nothing_left()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--short', action='store_true')
    parser.add_argument('--only', default='')
    options = parser.parse_args()
    tap = Tap()
    for function in SHORT if options.short else CASES:
        if options.only and options.only not in function.__name__:
            continue

        def run(function=function):
            with Field() as field:
                function(field)
        tap.run(function.__name__.replace('_', ' '), run)
    tap.end()


if __name__ == '__main__':
    main()
