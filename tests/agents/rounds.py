"""Several rounds, or scenarios, by the same agents: what goes wrong in one of them ends neither them nor the next."""
import time

from field import case, short, wait_for

LOAD = ('--set=load.0.burst.requests=400', '--set=load.0.burst.require={spread: 10s, in_flight: -1}')
PATIENCE = 90


def ends(field, expected, word=''):
    until = time.monotonic() + PATIENCE
    while field.run.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    code = field.run.poll()
    assert code == expected, f'exit {code}, not {expected}\n{field.said()}' + ''.join(f'\n{agent.said()}' for agent in field.agents)
    assert word in field.said(), field.said()


def key(field, name):
    return field.redis.ask('GET', f'rushproof:{{{field.session}}}:{name}')


@case
@short
def rounds_are_carried_out_by_the_same_agents(field):
    agents = [field.agent() for _ in range(4)]
    field.start('--rounds=3', *LOAD, scenario='redis')
    ends(field, 0, '3 rounds: 3 pass, 0 fail, 0 unknown')
    assert [agent.end() for agent in agents] == [0] * 4
    assert all(agent.said().count('ready:') == 3 for agent in agents), agents[0].said()
    assert len(list(field.path.glob('reports/redis/2*/result.json'))) == 3
    field.nothing_left(15)


@case
def a_race_fails_in_rounds_too(field):
    agents = [field.agent() for _ in range(4)]
    field.start('--rounds=2', *LOAD, scenario='count-race')
    ends(field, 1, '2 rounds: 0 pass, 2 fail')
    assert [agent.end() for agent in agents] == [0] * 4
    field.nothing_left(15)


@case
@short
def several_scenarios_by_the_same_agents(field):
    """The second one fails, the third cannot be carried out, and the fourth can: agents stay for all of them."""
    agents = [field.agent() for _ in range(4)]
    (field.path / 'few.yaml').write_text((field.path / 'agents.yaml').read_text().replace('requests: 120', 'requests: 3'))
    field.start('count-race', 'few.yaml', 'redis', *LOAD[1:], scenario='redis')
    ends(field, 1, 'load.0 has 3 requests for 4 agents')
    assert [agent.end() for agent in agents] == [0] * 4
    assert all(agent.said().count('ready:') == 3 for agent in agents), agents[0].said()
    field.nothing_left(15)


@case
@short
def an_agent_that_is_killed_in_one_round_may_be_replaced_for_the_next(field):
    """As Kubernetes does it: the round is unknown, the others are judged."""
    agents = [field.agent(f'--rank={rank}') for rank in range(4)]
    field.start('--rounds=2', *LOAD, scenario='redis')
    wait_for(lambda: field.redis.ask('EXISTS', f'rushproof:{{{field.session}}}:go:0') == '1', 'a go')
    agents[2].kill()
    field.agent('--rank=2')
    ends(field, 2, '2 rounds: 1 pass, 0 fail, 1 unknown')
    assert all(agent.end() in (0, 2) for agent in (*agents[:2], agents[3])), [agent.said() for agent in agents]
    assert field.agents[4].end() in (0, 2), field.agents[4].said()  # 2: it came to the first one already
    field.nothing_left(15)


@case
@short
def a_coordinator_that_is_killed_between_two_rounds(field):
    """Agents that wait for the next one leave within seconds, and say why."""
    agents = [field.agent() for _ in range(4)]
    field.start('--rounds=50', *LOAD, scenario='redis')
    wait_for(lambda: key(field, 'series') and all(agent.said().count('ready:') == 1 for agent in agents), 'a first round')
    wait_for(lambda: field.redis.ask('EXISTS', f'rushproof:{{{field.session}}}:scenario') == '0', 'the end of a round')
    field.run.kill()
    field.run.wait()
    began = time.monotonic()
    assert [agent.end() for agent in agents] == [4] * 4, [agent.said() for agent in agents]
    assert time.monotonic() - began < 20 and 'between two rounds' in agents[0].said(), agents[0].said()
    field.nothing_left(45)
