"""What other people's programs are told to do, so that they write files of their own: no model, no key, no network."""

from __future__ import annotations

# The command line of llm, with a model that repeats what it is asked.
ECHO = """
import llm
from llm.cli import cli
from llm.plugins import pm


class Echo(llm.Model):
    model_id = "echo"

    def execute(self, prompt, stream, response, conversation):
        response.set_usage(input=3, output=5)
        yield f"You say: {prompt.prompt}"


class Plugin:
    __name__ = "echo"

    @llm.hookimpl
    def register_models(self, register):
        register(Echo())


pm.register(Plugin())
cli()
"""

# An evaluation by Inspect: two samples, twice each, a model that says Yes and counts its tokens itself.
GOING = """
import sys

from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import match
from inspect_ai.solver import generate, system_message


def answer(input, tools, tool_choice, config):
    output = ModelOutput.from_content("mockllm", f"Yes to {input[-1].text}")
    output.usage = ModelUsage(input_tokens=7, output_tokens=3, total_tokens=10)
    return output


task = Task(
    name="going",
    dataset=[
        Sample(id="train", input="Shall we go?", target="yes"),
        Sample(id="car", input="How?", choices=["by train", "by car"], target="B"),
    ],
    solver=[system_message("Be brief."), generate()],
    scorer=match(),
)
model = get_model("mockllm/model", custom_outputs=answer)
eval(task, model=model, epochs=2, log_format=sys.argv[1], log_dir="logs", display="none")
"""

# A project of oTree: pairs talk and choose, twice and with somebody else each time; then everybody tells her age.
SETTINGS = """
SESSION_CONFIGS = [dict(name="jury", app_sequence=["jury_room", "about_you"], num_demo_participants=4)]
"""
PAGE = "{{ block content }}{{ formfields }}{{ next_button }}{{ endblock }}"
CHAT_PAGE = "{{ block content }}{{ chat }}{{ next_button }}{{ endblock }}"
JURY_ROOM = """
from otree.api import *


class C(BaseConstants):
    NAME_IN_URL = "jury_room"
    PLAYERS_PER_GROUP = 2
    NUM_ROUNDS = 2


class Subsession(BaseSubsession):
    pass


class Group(BaseGroup):
    agreed = models.BooleanField()


class Player(BasePlayer):
    prior_rating_train = models.IntegerField()
    prior_rating_car = models.IntegerField()
    choice = models.StringField(choices=["train", "car"])
    rating_train = models.IntegerField()
    rating_car = models.IntegerField(blank=True)
    belief_rain = models.FloatField()
    belief_sun = models.FloatField()
    confidence = models.IntegerField()
    reason = models.LongStringField()
    mood = models.StringField(initial="fine")


def creating_session(subsession):
    if subsession.round_number == 2:
        subsession.set_group_matrix([[1, 4], [2, 3]])


class Before(Page):
    form_model = "player"
    form_fields = ["prior_rating_train", "prior_rating_car"]


class Together(WaitPage):
    pass


class Talk(Page):
    pass


class Decide(Page):
    form_model = "player"
    form_fields = ["choice", "rating_train", "rating_car", "belief_rain", "belief_sun", "confidence", "reason"]


class Done(WaitPage):
    @staticmethod
    def after_all_players_arrive(group):
        group.agreed = len({player.choice for player in group.get_players()}) == 1


page_sequence = [Before, Together, Talk, Together, Decide, Done]
"""
JURY_BOTS = '''
import json
import re

from otree.api import *

from . import *


def say(bot, text):
    """Write into the chat on the page as a browser does."""
    found = re.search(r"varsFromDjango = ({.*?});", bot.participant_bot._response.text)
    chat = json.loads(found[1])
    with bot.participant_bot.client.websocket_connect(chat["socket_path"]) as socket:
        socket.receive_json()
        socket.send_json(dict(body=text, nickname_signed=chat["nickname_signed"]))
        socket.receive_json()


class PlayerBot(Bot):
    def play_round(self):
        number = self.participant.id_in_session
        yield Before, dict(prior_rating_train=50, prior_rating_car=40 + number)
        say(self, f"{number} in round {self.round_number}:\\n\\"train\\", naïve")
        yield Talk
        yield Decide, dict(
            choice="train" if number < 3 else "car",
            rating_train=80,
            rating_car=20 if number < 3 else "",
            belief_rain=0.25,
            belief_sun=0.75,
            confidence=70,
            reason="It rains,\\nso =SUM(A1)",
        )
'''
ABOUT_YOU = """
from otree.api import *


class C(BaseConstants):
    NAME_IN_URL = "about_you"
    PLAYERS_PER_GROUP = None
    NUM_ROUNDS = 1


class Subsession(BaseSubsession):
    pass


class Group(BaseGroup):
    pass


class Player(BasePlayer):
    age = models.IntegerField()


class Ask(Page):
    form_model = "player"
    form_fields = ["age"]


page_sequence = [Ask]
"""
# The last one downloads what the administrator's page offers: the bots' own export holds neither chat nor page times.
ABOUT_BOTS = """
from pathlib import Path

from otree.api import *

from . import *


class PlayerBot(Bot):
    def play_round(self):
        yield Ask, dict(age=30)
        if self.participant.id_in_session == 4:
            for view in ("ExportChat", "ExportPageTimes", "ExportWide?format=csv_bom"):
                answer = self.participant_bot.client.get(f"/{view}")
                name = answer.headers["content-disposition"].split('"')[1]
                Path("..", "downloads", name).write_bytes(answer.content)
"""
APPS = {
    "jury_room/__init__.py": JURY_ROOM,
    "jury_room/tests.py": JURY_BOTS,
    "jury_room/Before.html": PAGE,
    "jury_room/Decide.html": PAGE,
    "jury_room/Talk.html": CHAT_PAGE,
    "about_you/__init__.py": ABOUT_YOU,
    "about_you/tests.py": ABOUT_BOTS,
    "about_you/Ask.html": PAGE,
}
