"""What must not be guessed is shown as captions only, with a reason; everyday talk and weather reports are signed."""

from __future__ import annotations

import pytest

from signllm.errors import InputError
from signllm.language import translate
from signllm.language.labels import CAPTIONS_ONLY, EXPERIMENTAL, HUMAN_APPROVED, LABELS, REVIEWED, choose_label
from signllm.language.safety import MAX_NAME, is_emergency

EMERGENCIES = (
    "Evacuate the building now.",
    "Please evacuate immediately.",
    "Tornado warning! Take cover now.",
    "A tornado is coming, go to the basement.",
    "Tsunami warning: move to higher ground.",
    "TSUNAMI! LEAVE THE BEACH NOW!",
    "There is a gas leak. Do not use your phone.",
    "I smell gas, everyone out!",
    "Active shooter in the school. Run, hide, fight.",
    "Shelter in place until further notice.",
    "Boil your water before drinking.",
    "Boil water notice for the whole city.",
    "Do not drink the tap water.",
    "Don't drink the water, it is not safe.",
    "Call 911.",
    "Call 112 now!",
    "Dial 911, my father is not breathing.",
    "Please call an ambulance.",
    "My house is on fire!",
    "There is a fire in the building. Leave at once.",
    "Fire! Fire!",
    "Help!",
    "Flash flood warning until 9 pm.",
    "The river is flooding, leave your house immediately.",
    "Missing child: a boy, six years old, last seen near the park.",
    "Amber alert: a girl is missing.",
    "AMBER ALERT. BLUE CAR. CALL THE POLICE.",
    "Earthquake! Drop, cover and hold on.",
    "Stay inside and close all windows.",
    "Lock the doors and hide. The police are coming.",
    "A hurricane is coming. Evacuation orders are in effect for the coast.",
    "Severe thunderstorm warning in effect.",
    "Wildfire near the city: be ready to leave.",
    "Bomb threat at the station. Avoid the area.",
    "There has been an explosion. Stay away from the windows.",
    "A chemical spill has closed the road. Stay indoors.",
    "The dam has broken, run to higher ground!",
    "He is having a heart attack!",
    "My baby cannot breathe.",
    "Two people are trapped in the elevator.",
    "This is not a drill.",
    "The city is under curfew.",
    "State of emergency in the north.",
    "Do not use the elevators, use the stairs.",
    "Police ask everyone to stay home and lock their doors.",
    "Armed man near the school, stay away.",
    "The storm is very dangerous. Stay inside.",
    "Emergency in the north of the city. Do not go outside.",
    "Avoid the area, there is a fire.",
    "Power lines are down. Stay away from the road.",
    "Evacuate immediately. Wildfire approaching.",
    "Shelter in place. Chemical leak.",
    "Boil water before use until further notice.",
    "Severe weather alert: seek shelter.",
    "Police activity: avoid downtown.",
    "Missing child alert: Emma, 7, last seen at Lincoln Park.",
    "If you smell gas, leave the building and call 911.",
    "Take cover. Missile threat.",
    "Emergency services: dial 112.",
    "Flooding: do not drive through water.",
    "Turn around, don't drown.",
    "Dam failure imminent. Move to higher ground.",
    "Stay away from downed power lines.",
    "Poison control: call 1-800-222-1222.",
    "Fire alarm. Leave the building by the stairs.",
    "Medical emergency on track 3.",
    "A tornado watch is in effect until 8 pm.",
    "Tornado warning for the county until 6 pm.",
    "The tap water is contaminated.",
    "Gas leak on Main Street, evacuate.",
    "Hurricane approaching: leave the coast today.",
    "Earthquake warning.",
    "Fire in the north of the city. Close your windows.",
    "Security alert at the airport.",
    "Person with a knife at the station.",
    "Tsunami expected in ten minutes.",
    "This is the police. Leave the area.",
    "Emergency: the hospital has no power.",
    "Go to the shelter at the school.",
    "Evacuation center open at the high school.",
    "Storm surge: leave low areas now.",
    "A child is missing in the park.",
    "We are looking for a missing boy.",
    "Have you seen this child? Call 911.",
    "Danger! Do not enter.",
    "Danger of explosion.",
    "Toxic smoke: keep your windows closed.",
    "All residents must leave by 6 pm.",
    "Residents near the river must evacuate.",
    "Please go inside and lock your doors.",
    "Bomb found in the city center. The area is closed.",
    "Avalanche warning.",
    "Extreme cold warning tonight.",
    "Lightning danger: leave the pool.",
    "There is an armed robbery in progress.",
    "The building is on fire.",
    "Someone is drowning!",
    "Help, I am bleeding!",
    "My mother fell and is not moving.",
    "I think he had a stroke.",
    "Someone broke into my house.",
    "There is a stranger in my house.",
    "I've been robbed.",
    "Do not leave your home.",
    "Radiation leak at the plant.",
    "Ambulance!",
    "Emergency landing on the highway.",
    "BOIL WATER ADVISORY",
    "boil watter advisory until friday",
    "Residents are told to shelter.",
    "LEVEL 3 EVACUATION: GO NOW",
    "Level 1 evacuation: be ready",
    "evacaute now",
    "theres a fire",
    "Power lines down on Oak Street",
    "Electric wires are lying on the road. Keep away.",
    "CO alarm going off",
    "My son drank bleach",
    "He took too many pills.",
    "My friend overdosed",
    "I want to die.",
    "i dont want to live anymore",
    "Call or text 988.",
    "My dad collapsed",
    "she won't wake up",
    "someone was shot",
    "he has a gun",
    "Somebody help me please",
    "S.O.S.",
    "mayday mayday",
    "call 9-1-1",
    "I need the police",
    "The water is rising fast, get to the roof.",
    "levee breach",
    "Severe Thunderstorm Watch",
    "winter weather advisory",
    "NWS: FLASH FLOOD WARNING this area til 10:00 PM. Avoid flooded areas.",
    "tornado warnign",
    "A tornado has been spotted, moving east at 40 mph.",
    "Blue alert",
    "My child is gone",
    "I can't find my son, he is four",
    "school shooting",
    "it smells like gas here",
    "train derailed",
    "Accident! A woman is hurt",
    "Do not go outside.",
    "do not use tap water",
    "she is in labor",
    "911",
    "Stay where you are",
    "A fire broke out in the kitchen.",
    "I smell smoke",
    "I have chest pain",
    "HELPPP",
    "CALL911NOW",
    "somebody is trying to break into my house",
    "Ambulance needed at 12 Oak Street.",
    "Shelters are open at the high school.",
    "At 612 PM CDT, a severe thunderstorm capable of producing a tornado was located near Moore.",
    "This is a particularly dangerous situation.",
    "EVAC ORDER zone 5",
)

EVERYDAY = (
    "I lost my phone.",
    "Help me with my homework.",
    "Can you help me?",
    "The fire is warm.",
    "We sat by the fire and talked.",
    "I like to watch the fire in the fireplace.",
    "He was fired last week.",
    "My brother wants to be a firefighter.",
    "My uncle is a police officer.",
    "We had a fire drill at school.",
    "I saw a movie about a tsunami.",
    "She read a book about the hurricane.",
    "How do you sign tornado?",
    "What is the sign for emergency?",
    "The police are nice.",
    "I am dying to see you.",
    "This game is the bomb.",
    "I missed the bus.",
    "I miss my child.",
    "Please close the window, I am cold.",
    "Please stay home if you are sick.",
    "Stop! It's hot!",
    "I need a doctor!",
    "Call me tomorrow.",
    "My head hurts.",
    "Leave the house at eight.",
    "I have to leave now.",
    "Do not drink my coffee.",
    "Boil the water for the tea.",
    "The water is boiling.",
    "Where is the exit?",
    "Let's hide and surprise her.",
    "I can't find my keys.",
    "You must not run in the house.",
    "My grandfather had a heart attack two years ago.",
    "An earthquake destroyed the city in 1906.",
    "My mother is a nurse at the hospital.",
    "Do not open the present yet.",
    "Don't touch my book!",
    "The emergency room was full last week.",
    "Go to the bathroom.",
    "We learn about storms at school.",
    "I would like a coffee, please.",
    "Happy birthday, Anna!",
    "I am hungry.",
    "Let's watch a movie tonight.",
    "The meeting starts at 3:30 pm.",
    "I have a headache.",
    "Please turn off the light.",
    "Please don't go.",
    "My friend is a firefighter.",
    "The ambulance was loud.",
    "I want to escape from work.",
    "The candle is on fire? No, it is fine.",
    "The team is on fire tonight.",
    "You saved my life!",
    "The bus was late because of an accident.",
    "I am stuck in traffic.",
    "I am dead tired.",
    "The dog ran away.",
    "Lock the car, please.",
    "Be careful, the floor is wet.",
    "Do not forget your keys.",
    "Do not touch the dog.",
    "Don't drink and drive.",
    "Avoid sugar.",
    "I'll call you when I get home.",
    "Call my mother.",
    "Go upstairs and wash your hands.",
    "Get out of bed!",
    "The explosion of colors is beautiful.",
    "The gas bill is high.",
    "Is there a fire?",
    "The movie starts now, be quick!",
    "Run to the store, please.",
    "I run every day.",
    "Hide the present, she is coming!",
    "Kids, come inside, dinner is ready.",
    "He is in the hospital.",
    "The nurse helps the doctor.",
    "I hurt my hand.",
    "She is sick and stays at home.",
    "We save water.",
    "Watch your step.",
    "The news today: the president visits the city.",
    "The government announced a new law.",
    "The court says the vote is legal.",
    "The school is closed on Monday.",
    "The road to the city is closed.",
    "Electricity costs more now.",
    "What time does the train leave?",
    "Where can I find the police station?",
    "The police stopped my car.",
    "Don't open the window, it's cold.",
    "Prices are high this year.",
    "Stay inside, it's raining.",
    "I'm drowning in work.",
    "My phone number is 555-0199.",
    "I could kill for a coffee.",
    "I got shot for the flu.",
    "We shot a video yesterday.",
    "I passed out the papers.",
    "I need the police report.",
    "I was shot down at the meeting.",
    "I am going to die of boredom.",
    "Everyone goes home.",
    "No one can go home.",
    "He does not want to live here.",
    "My cat is missing.",
    "He has a knife and a fork.",
    "A man is following me on Instagram.",
    "My plane is late.",
    "The labor market is strong.",
    "We do not use water.",
    "My alarm did not ring.",
    "Brush your teeth twice a day.",
)

WEATHER = (
    "Storms tomorrow in the north.",
    "It will rain tonight.",
    "Snow in the mountains, 20 centimeters.",
    "Sunny and warm tomorrow, 25 degrees.",
    "There will be strong winds on the coast.",
    "Thunder and lightning this evening.",
    "A hurricane is moving toward the coast.",
    "Floods are possible in the south.",
    "The hurricane season starts in June.",
    "It is cold and dark.",
    "The roads are icy, drive carefully.",
    "A cold wind from the east.",
    "Cloudy in the morning, dry in the afternoon.",
    "Minus five degrees tonight.",
    "Tornadoes were seen in the west yesterday.",
    "The storm is over.",
    "Expect rain and snow on Friday.",
    "The temperature rises to 30 degrees.",
    "Be careful on the roads tonight.",
    "It is the hottest day of the year.",
    "After the storm, the sky is blue.",
    "Light rain, then sun.",
    "There is a storm in the west.",
    "Wind from the north at 50 kilometers per hour.",
    "Fog in the valleys tomorrow morning.",
    "The weather is fine.",
    "Take an umbrella, it will rain.",
    "Heavy rain in the city, flooding is possible.",
    "It was very hot last week.",
    "Lightning was seen over the lake.",
    "Strong winds from the west up to 80 km/h.",
    "Heavy snowfall expected in the mountains.",
    "Thunderstorms with hail possible this evening.",
    "Temperatures will drop below zero tonight.",
    "The heat wave continues; drink plenty of water.",
    "Hurricane Ida has weakened to a tropical storm.",
    "Flood risk along the river remains low.",
    "Fire danger is high because of the dry weather.",
    "Black ice on roads, drive carefully.",
    "High pressure brings sunshine.",
    "A storm is moving in from the west.",
    "The storm will reach the coast on Sunday.",
    "Stormy weather in the north, calm in the south.",
    "Snow storms close the roads in the mountains.",
    "The fog makes driving dangerous.",
    "It is dangerous to drive tonight because of the ice.",
    "The wind is getting stronger, secure your garden chairs.",
    "The hurricane has passed and the sun is back.",
    "Rain and flooding in the east this week.",
    "Temperatures reach 38 degrees, avoid the sun at noon.",
    "Thunder and lightning tonight, stay dry!",
    "Tonight: mostly cloudy, with a low around 45.",
    "40 percent chance of showers after 3 pm.",
    "Storm clouds in the west, wind until 9 pm.",
    "The tornado destroyed ten houses yesterday.",
    "The fire is under control.",
    "The wind is deadly cold.",
    "School closed tomorrow due to snow.",
)


@pytest.mark.parametrize("text", EMERGENCIES)
def test_a_message_of_the_emergency_domain_is_captions_only_and_says_why(text: str) -> None:
    utterance = translate(text)
    assert (utterance.label, utterance.glosses, utterance.text) == (CAPTIONS_ONLY, (), text)
    assert "emergency domain" in utterance.notices[-1]


@pytest.mark.parametrize("text", [*EVERYDAY, *WEATHER])
def test_everyday_talk_and_weather_reports_are_signed(text: str) -> None:
    utterance = translate(text)
    assert not is_emergency(text)
    assert utterance.glosses
    assert utterance.label != CAPTIONS_ONLY


def test_an_emergency_message_is_signed_once_a_named_operator_has_approved_it() -> None:
    utterance = translate("There is a fire in the building.", approved_by="  Maria\tLopez ")
    assert utterance.gloss_text == "fs:BUILDING HAVE FIRE"
    assert utterance.label == EXPERIMENTAL
    assert "signed because Maria Lopez approved it" in utterance.notices[0]


@pytest.mark.parametrize("name", ["", "   ", "\x00", "7", "x" * (MAX_NAME + 1)])
def test_an_approval_needs_a_name(name: str) -> None:
    with pytest.raises(InputError, match="approved_by takes the name of the person"):
        translate("Call 911.", approved_by=name)


def test_an_approval_changes_nothing_where_none_is_needed() -> None:
    assert translate("I am happy.", approved_by="Ana") == translate("I am happy.")


def test_one_emergency_sentence_makes_the_whole_message_captions_only() -> None:
    assert translate("Hello. The weather is fine. Evacuate the building.").glosses == ()
    assert is_emergency("I am happy. " * 2000 + "Take cover now.")


def test_spelling_and_glosses_are_no_way_around_the_approval() -> None:
    assert translate("Take cover now.", spell=True).label == CAPTIONS_ONLY
    assert translate("Take cover now.", gloss="HIDE NOW").label == CAPTIONS_ONLY
    assert translate("", gloss="fs:TSUNAMI | fs:EVACUATE NOW").label == CAPTIONS_ONLY


@pytest.mark.parametrize(
    "text",
    [
        "Take 2 tablets of 500 mg.",
        "Take two pills every day.",
        "Take this medicine three times a day.",
        "Give the baby 5 ml of syrup.",
        "I take 10 units of insulin.",
        "Swallow one capsule at night.",
        "The dose is 250mg.",
        "He took half a tablet of aspirin.",
        "Take this three times a day.",
        "take two of these a day",
        "Take one every four hours.",
        "Ibuprofen 400",
        "Two aspirin and call me",
        "one drop in each eye",
        "Double the dose",
    ],
)
def test_a_dose_of_medicine_is_never_signed(text: str) -> None:
    utterance = translate(text)
    assert utterance.glosses == ()
    assert "dose of medicine" in utterance.notices[0]
    assert translate(text, approved_by="Ana").glosses == ()


@pytest.mark.parametrize(
    "text",
    [
        "The medicine is good.",
        "I need two books.",
        "I need my medicine.",
        "Two doctors help me.",
        "She takes the book.",
    ],
)
def test_what_is_no_dose_is_signed(text: str) -> None:
    assert translate(text).glosses


@pytest.mark.parametrize(
    "text",
    [
        "I hardly know him.",
        "Not only my mother came.",
        "Not all people are deaf.",
        "All the children did not come.",
        "I do not want no water.",
        "He did not leave because he was tired.",
        "Do not open it until tomorrow.",
        "Neither my mother nor my father came.",
        "She barely eats.",
        "I can't not go.",
    ],
)
def test_a_negation_whose_reach_is_not_sure_is_never_signed(text: str) -> None:
    utterance = translate(text)
    assert utterance.glosses == ()
    assert "its negation is not sure" in utterance.notices[0]


@pytest.mark.parametrize(
    "text",
    [
        "I do not know.",
        "No, I do not know him.",
        "I don't know why he didn't come.",
        "I am not happy because you go.",
        "She never eats.",
        "I have no money and no time.",
        "Nobody came.",
        "Why not?",
    ],
)
def test_a_plain_negation_is_signed(text: str) -> None:
    assert any(tier.name == "negation" for tier in translate(text).nonmanuals)


def test_only_the_sentence_that_must_not_be_guessed_is_left_out() -> None:
    utterance = translate("My mother is sick. She takes 2 pills a day. I am sad.")
    assert utterance.gloss_text == "MY MOTHER SICK | IX-1 SAD"
    assert "She takes 2 pills a day" in utterance.notices[0]


def test_a_number_that_may_mean_two_things_is_signed_as_it_is_written_and_said() -> None:
    utterance = translate("The party is on 03/04/2025.")
    assert "dig:03 dig:04" in utterance.gloss_text or "fs:SLASH" in utterance.gloss_text
    assert utterance.notices


def test_a_word_that_could_be_a_sign_but_has_a_capital_is_a_name_and_said_to_be_one() -> None:
    utterance = translate("I love Storm.")
    assert utterance.gloss_text == "IX-1 LOVE fs:STORM"
    assert "Taken for a name because of the capital, and spelled: Storm" in utterance.notices


def test_little_coverage_is_said() -> None:
    assert any("67% of the words" in notice for notice in translate("My mother likes bananas.").notices)
    assert translate("My mother likes the doctor.").notices == ()


# Labels


def test_every_utterance_is_experimental_while_the_signs_are_drafts() -> None:
    assert translate("My mother is happy.").label == EXPERIMENTAL


def test_without_drafts_their_words_are_spelled() -> None:
    utterance = translate("My mother is happy.", drafts=False)
    assert utterance.gloss_text == "fs:MY fs:MOTHER fs:HAPPY"
    assert utterance.label == "Spelled only"


def test_a_label_follows_from_the_reviews_of_all_that_is_signed_and_from_coverage() -> None:
    assert choose_label(["approved", "approved"], 1.0) == REVIEWED
    assert choose_label(["approved", "draft"], 1.0) == EXPERIMENTAL
    assert choose_label(["approved", "checked"], 0.9) == EXPERIMENTAL
    assert choose_label(["approved"], 0.4) == "Spelled only"
    assert choose_label([], 0.0) == CAPTIONS_ONLY
    assert HUMAN_APPROVED in LABELS


@pytest.mark.parametrize(
    "text",
    [
        "I do not yet know him.",
        "My mother isn't here, is she?",
        "The man who did not come is my friend.",
        "If you don't come, I go.",
        "Why don't you eat?",
        "I know that he doesn't like me.",
        "There was nothing in the box.",
        "Not today.",
        "Please, no dogs.",
        "You can't, can you?",
    ],
)
def test_no_negation_is_ever_lost(text: str) -> None:
    utterance = translate(text)
    assert not utterance.glosses or any(tier.name == "negation" for tier in utterance.nonmanuals)


def test_a_sentence_whose_negation_the_rules_would_lose_is_captions_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signllm.language.rules._FACE_RULES", ())
    utterance = translate("I do not know.")
    assert utterance.glosses == ()
    assert "because the rules lost its negation: I do not know" in utterance.notices[0]


@pytest.mark.parametrize(
    "text",
    [
        "i dont understand",
        "i cant come",
        "i wont go",
        "he doesnt know me",
        "it didnt rain",
        "DONT OPEN THE DOOR",
        "i do n't know",
        "I don \u2019t know",
        "don\u00b4t go",
        "he isn t here",
        "dunno",
    ],
)
def test_a_negation_written_in_haste_is_still_signed(text: str) -> None:
    assert any(tier.name == "negation" for tier in translate(text).nonmanuals)


@pytest.mark.parametrize(
    ("text", "glosses"),
    [("My grade is T", "MY fs:GRADE fs:T"), ("im here", "IX-1 HERE"), ("wheres the bathroom", "BATHROOM WHERE")],
)
def test_a_missing_apostrophe_is_read_and_none_is_invented(text: str, glosses: str) -> None:
    assert translate(text).gloss_text == glosses


def test_a_notice_repeats_a_contraction_once() -> None:
    notice = translate("Don't go out without a jacket.").notices[0]
    assert notice.endswith(": Don't go out without a jacket")
