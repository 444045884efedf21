"""The first paper as runnable games: commitment, competition, persuasion, selection.

Nothing here knows of sessions, files or clocks: games come in as arrays, chance as a numpy Generator. What a researcher
starts from can be had from here; everything else from the file that it is the subject of. The room imports numpy:
whoever must start fast imports it where it is used.
"""

from __future__ import annotations

from chatarena.games.alignment import Alignment, Alignments, alignment, alignments
from chatarena.games.benchmarks import Benchmarks, Monopoly, benchmarks
from chatarena.games.bidding import Bidders, Run, bidders, compete
from chatarena.games.competing_senders import gains_from_more, rich_competition, sender_equilibria
from chatarena.games.concepts import Equilibria
from chatarena.games.conversation import (
    ConversationRule,
    Protocol,
    aligned,
    conversation_rule,
    random_rule,
    reply_rule,
    silent,
    told,
)
from chatarena.games.curves import LossCurve, loss_curve
from chatarena.games.dynamics import best_responses
from chatarena.games.equilibria import PureEquilibria, pure_equilibria, situations
from chatarena.games.evaluation import EvaluationPlan, plan_evaluation
from chatarena.games.experiments import Comparison, compare
from chatarena.games.families import FAMILIES, Tables, drawn_game, tables
from chatarena.games.game import Game, game
from chatarena.games.instances import INSTANCES, Instance, instance
from chatarena.games.payment import caring_when_selected, fees_alone, with_fees
from chatarena.games.persuasion import Persuasion, concavified, persuade
from chatarena.games.quantal_equilibrium import (
    LogitBranch,
    QuantalEquilibria,
    QuantalEquilibrium,
    logit_branch,
    quantal_equilibria,
    quantal_equilibrium,
)
from chatarena.games.quantal_leaders import QuantalLeaders, quantal_leaders
from chatarena.games.reading import Reader
from chatarena.games.relaxed import few_curve, noise_curve, paid_losses
from chatarena.games.result_one import Induced, TalkEquilibria, induced_by_deviation, talk_equilibria
from chatarena.games.result_two import BoundCheck, check_bound, quantal_bound
from chatarena.games.rules import deterministic_games, partitions
from chatarena.games.sampling import Sampled, sampled
from chatarena.games.selection import SelectionGames, common_rules, selection_games
from chatarena.games.settling import Settling, settling_values
from chatarena.games.simulation import GameResult, Settings, play_game, play_games
from chatarena.games.softmax_receiver import SoftmaxPersuasion, persuade_softmax
from chatarena.games.solution import Solution, solve
from chatarena.games.stackelberg import StrongStackelberg, strong_stackelberg
from chatarena.games.talks import TalkGames, talk_games, talks_of
from chatarena.games.tally import Tally, tally
from chatarena.games.tree import Outcome, outcome
from chatarena.games.two_states import TwoStateValues, ValueCurve, persuade_two_states, value_curve

__all__ = [
    "FAMILIES",
    "INSTANCES",
    "Alignment",
    "Alignments",
    "Benchmarks",
    "Bidders",
    "BoundCheck",
    "Comparison",
    "ConversationRule",
    "Equilibria",
    "EvaluationPlan",
    "Game",
    "GameResult",
    "Induced",
    "Instance",
    "LogitBranch",
    "LossCurve",
    "Monopoly",
    "Outcome",
    "Persuasion",
    "Protocol",
    "PureEquilibria",
    "QuantalEquilibria",
    "QuantalEquilibrium",
    "QuantalLeaders",
    "Reader",
    "Run",
    "Sampled",
    "SelectionGames",
    "Settings",
    "Settling",
    "SoftmaxPersuasion",
    "Solution",
    "StrongStackelberg",
    "Tables",
    "TalkEquilibria",
    "TalkGames",
    "Tally",
    "TwoStateValues",
    "ValueCurve",
    "aligned",
    "alignment",
    "alignments",
    "benchmarks",
    "best_responses",
    "bidders",
    "caring_when_selected",
    "check_bound",
    "common_rules",
    "compare",
    "compete",
    "concavified",
    "conversation_rule",
    "deterministic_games",
    "drawn_game",
    "fees_alone",
    "few_curve",
    "gains_from_more",
    "game",
    "induced_by_deviation",
    "instance",
    "logit_branch",
    "loss_curve",
    "noise_curve",
    "outcome",
    "paid_losses",
    "partitions",
    "persuade",
    "persuade_softmax",
    "persuade_two_states",
    "plan_evaluation",
    "play_game",
    "play_games",
    "pure_equilibria",
    "quantal_bound",
    "quantal_equilibria",
    "quantal_equilibrium",
    "quantal_leaders",
    "random_rule",
    "reply_rule",
    "rich_competition",
    "sampled",
    "selection_games",
    "sender_equilibria",
    "settling_values",
    "silent",
    "situations",
    "solve",
    "strong_stackelberg",
    "tables",
    "talk_equilibria",
    "talk_games",
    "talks_of",
    "tally",
    "told",
    "value_curve",
    "with_fees",
]
