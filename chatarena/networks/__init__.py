"""The second paper: agents on a directed acyclic graph who see part of the evidence and their parents' predictions.

Law: pure. Tables come in as arrays, chance as a numpy Generator; nothing here knows a session, a file or a clock. What
a researcher starts from can be had from here; everything else from the file that it is the subject of.
"""

from __future__ import annotations

from chatarena.networks.allocation import allocate, coverage
from chatarena.networks.bounds import agent_bounds, greedy_bound, logistic_bound, path_bound, unit
from chatarena.networks.designs import Design, adaptive, greedy_path, oblivious
from chatarena.networks.gaussian_logistic import GaussianLogistic, aggregate_gaussian_logistic
from chatarena.networks.general import GeneralAggregation, aggregate_general, boosting, trees
from chatarena.networks.instances import INSTANCES, Instance, instance
from chatarena.networks.linear import Aggregation, HeldOut, aggregate, benchmark, held_out
from chatarena.networks.logistic import LogisticAggregation, aggregate_logistic
from chatarena.networks.messages import Message, aggregate_messages
from chatarena.networks.network import Network, named_network, network, unrolled
from chatarena.networks.space import Space, population, population_of_moments, sample, sample_of, without_constant
from chatarena.networks.sweep import Sweep, sweep
from chatarena.networks.topologies import TOPOLOGIES, topology

__all__ = [
    "INSTANCES",
    "TOPOLOGIES",
    "Aggregation",
    "Design",
    "GaussianLogistic",
    "GeneralAggregation",
    "HeldOut",
    "Instance",
    "LogisticAggregation",
    "Message",
    "Network",
    "Space",
    "Sweep",
    "adaptive",
    "agent_bounds",
    "aggregate",
    "aggregate_gaussian_logistic",
    "aggregate_general",
    "aggregate_logistic",
    "aggregate_messages",
    "allocate",
    "benchmark",
    "boosting",
    "coverage",
    "greedy_bound",
    "greedy_path",
    "held_out",
    "instance",
    "logistic_bound",
    "named_network",
    "network",
    "oblivious",
    "path_bound",
    "population",
    "population_of_moments",
    "sample",
    "sample_of",
    "sweep",
    "topology",
    "trees",
    "unit",
    "unrolled",
    "without_constant",
]
