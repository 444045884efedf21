"""Games of best-AI selection, and a telling of the rules of the game that shares nothing with the package."""

from __future__ import annotations

from itertools import product

import numpy as np
from scipy.optimize import linprog

FAMILIES = ("exact", "near", "random", "shared", "opposed")


def drawn(family, count, rng, *, states=3, options=3, leaders=2):
    """Prior (B x Y), user (B x A x Y) and leaders (B x k x A x Y)."""
    prior = rng.dirichlet(np.ones(states), count)
    user = rng.random((count, options, states))
    shape = (count, leaders, options, states)
    if family in ("exact", "near"):
        weights = rng.dirichlet(np.ones(leaders), count)
        bias = rng.normal(size=shape)
        theirs = user[:, None] + bias - np.einsum("bk,bkay->bay", weights, bias)[:, None]
        if family == "near":
            theirs = theirs + 0.1 * rng.uniform(-1, 1, (count, 1, options, states))
    elif family == "shared":
        theirs = user[:, None] + 2 * rng.normal(size=(count, 1, options, states)) + 0.2 * rng.normal(size=shape)
    elif family == "opposed":
        theirs = -user[:, None] + 0.05 * rng.normal(size=shape)
    else:
        theirs = rng.normal(size=shape)
    return prior, user, theirs


def literal_rules(states, messages):
    """Every map from states to messages."""
    return list(product(range(messages), repeat=states))


def outcome(prior, user, rule):
    """What the user does in each state, and what that is worth to her."""
    done = {}
    for message in set(rule):
        cell = [y for y in range(len(prior)) if rule[y] == message]
        worth = [sum(prior[y] * user[a][y] for y in cell) for a in range(len(user))]
        done |= dict.fromkeys(cell, worth.index(max(worth)))
    choice = [done[y] for y in range(len(prior))]
    return choice, expected(prior, user, choice)


def expected(prior, utility, choice):
    """The mean of one utility over states."""
    return sum(p * utility[a][y] for y, (p, a) in enumerate(zip(prior, choice, strict=True)))


def talked_to(values):
    """The first of the best."""
    return max(range(len(values)), key=lambda i: (round(values[i], 11), -i))


def equilibria_by_hand(prior, user, leaders, messages, eta=0.0):
    """Values of all pure equilibria over literal rules, ties to the lowest index, and V*."""
    rules = literal_rules(len(prior), messages)
    outcomes = [outcome(prior, user, rule) for rule in rules]
    pay = [[expected(prior, leader, choice) for choice, _ in outcomes] for leader in leaders]

    def result(profile):
        return profile[talked_to([outcomes[r][1] for r in profile])]

    found = []
    for profile in product(range(len(rules)), repeat=len(leaders)):
        now = result(profile)
        if all(
            pay[i][result((*profile[:i], r, *profile[i + 1 :]))] <= pay[i][now] + eta + 1e-9
            for i in range(len(leaders))
            for r in range(len(rules))
        ):
            found.append(outcomes[now][1])
    return found, max(value for _, value in outcomes)


def respond_by_hand(values, pay, ties, sweeps=50):
    """Best responses of leader 0, 1, ... of one game (k x m and k x k x m), one number at a time."""
    rules, seen = [0] * len(values), {}
    chosen = first_best(values, rules)
    for sweep in range(1, sweeps + 1):
        moved = False
        for i in range(len(rules)):
            by_move = ties in ("deviator", "incumbent")
            gets, heir = offers(values, pay[i], rules, chosen, i, ties)
            now = pay[i][chosen][rules[chosen]] if by_move else gets[rules[i]][0]
            best = max(range(len(gets)), key=lambda t: (gets[t][0], -t))
            if gets[best][0] > now + 1e-9:
                rules[i], moved = best, True
                chosen = i if gets[best][1] else heir
        if not by_move:
            chosen = first_best(values, rules)
        if not moved:
            return "rest", tuple(rules), chosen
        if (tuple(rules), chosen) in seen:
            return "cycle", None, sweep - seen[tuple(rules), chosen]
        seen[tuple(rules), chosen] = sweep
    return "moving", tuple(rules), chosen


def first_best(values, rules):
    """The first leader of those whose rules are worth most."""
    return min(range(len(rules)), key=lambda j: (-values[j][rules[j]], j))


def offers(values, pay, rules, chosen, i, ties):
    """For each rule of leader i what it gets and whether it is talked to, and who is where it is not."""
    others = [j for j in range(len(rules)) if j != i]
    top = max(values[j][rules[j]] for j in others)
    equal = [j for j in others if values[j][rules[j]] == top]
    heir = chosen if ties in ("deviator", "incumbent") and chosen in equal else equal[0]
    lost = [pay[j][rules[j]] for j in (equal if ties == "uniform" else [heir])]
    level_wins = {"lowest": i < heir, "deviator": True, "incumbent": False, "uniform": False}[ties]
    gets = []
    for own, mine in zip(values[i], pay[i], strict=True):
        if own > top or (own == top and level_wins):
            gets.append((mine, True))
        elif own == top and ties == "uniform":
            gets.append(((mine + sum(lost)) / (len(lost) + 1), False))
        else:
            gets.append((sum(lost) / len(lost), False))
    return gets, heir


def least_epsilon(user, leaders, *, weighed=False):
    """The smallest sup error of the cone with an offset, by a plain linear program; with its weights where asked."""
    k = len(leaders)
    rows, one = leaders.reshape(k, -1).T, np.ones((user.size, 1))
    limits = np.vstack([np.hstack([rows, one, -one]), np.hstack([-rows, -one, -one])])
    found = linprog(
        np.r_[np.zeros(k + 1), 1.0],
        A_ub=limits,
        b_ub=np.r_[user.ravel(), -user.ravel()],
        bounds=[(0, None)] * k + [(None, None), (0, None)],
    )
    return (found.fun, found.x[:k]) if weighed else found.fun
