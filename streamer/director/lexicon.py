"""The words that the storyboard's storyteller knows: plain English, hand-picked, data only.

A word that is missing here is no loss: the storyteller keeps unknown nouns as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Domain = Literal["ground", "air", "water", "deep", "space", "fixed"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What the nouns of a group have in common. Sizes are fractions of the picture."""

    domain: Domain  # where in the picture, and whether they travel
    height: float
    width: float
    doing: str  # unless the words say otherwise
    place: str
    words: str
    alive: bool = False


KINDS = (
    Kind(
        "ground", 0.28, 0.30, "running", "meadow",
        "fox|dog|corgi|puppy|cat|kitten|wolf|rabbit|bunny|hare|goat|sheep|lamb|pig|deer|fawn|lynx|badger|raccoon|"
        "otter|beaver|monkey|panda|koala|kangaroo|leopard|snow leopard|cheetah|jaguar|puma|hyena|boar|red panda|"
        "penguin|goose|duck|chicken|rooster|hen|turkey|peacock|flamingo|ostrich|crane|stork|sloth|lemur|poodle|"
        "husky|beagle|terrier",
        alive=True,
    ),
    Kind(
        "ground", 0.42, 0.46, "walking", "savanna",
        "horse|pony|cow|bull|lion|tiger|bear|polar bear|elephant|giraffe|zebra|rhino|hippo|camel|donkey|moose|elk|"
        "bison|buffalo|gorilla|dinosaur|unicorn|dragon|mammoth|llama|alpaca|crocodile|alligator|reindeer|monster|"
        "yak|ox",
        alive=True,
    ),
    Kind(
        "ground", 0.12, 0.14, "moving", "garden",
        "mouse|rat|hamster|hedgehog|squirrel|chipmunk|frog|toad|snail|ant|beetle|spider|lizard|gecko|snake|crab|"
        "turtle|tortoise|worm|caterpillar|mole|scorpion|ball|football|chick|duckling|ladybug|cricket",
        alive=True,
    ),
    Kind(
        "ground", 0.46, 0.20, "walking", "town",
        "man|woman|boy|girl|child|kid|baby|person|knight|king|queen|prince|princess|wizard|witch|astronaut|robot|"
        "pirate|soldier|farmer|fisherman|dancer|ballerina|singer|painter|musician|chef|cook|doctor|nurse|teacher|"
        "student|clown|ninja|samurai|cowboy|detective|hiker|runner|skier|skater|surfer|cyclist|sailor|monk|viking|"
        "elf|fairy|dwarf|giant|troll|ghost|zombie|vampire|mermaid|angel|superhero|snowman|scarecrow|alien|hero|"
        "friend|grandmother|grandfather|mother|father|couple|crowd|family|explorer|gardener|shepherd|juggler|"
        "acrobat|conductor",
        alive=True,
    ),
    Kind(
        "ground", 0.26, 0.42, "driving", "city street",
        "car|taxi|bus|truck|fire truck|police car|van|tractor|train|steam train|locomotive|tram|bicycle|bike|"
        "motorcycle|scooter|wagon|carriage|cart|sled|sleigh|tank|ambulance|excavator|bulldozer|skateboard|race car|"
        "sports car",
    ),
    Kind(
        "air", 0.18, 0.20, "flying", "sky",
        "bird|eagle|hawk|falcon|owl|crow|raven|parrot|swallow|sparrow|robin|dove|pigeon|seagull|gull|pelican|bat|"
        "butterfly|bee|wasp|dragonfly|fly|moth|firefly|hummingbird|pegasus|phoenix|toucan|swan|heron|albatross|"
        "vulture|mosquito|bumblebee",
        alive=True,
    ),
    Kind(
        "air", 0.32, 0.36, "flying", "sky",
        "plane|airplane|aeroplane|jet|helicopter|hot air balloon|airship|zeppelin|glider|biplane|cloud|rainbow|"
        "balloon|drone|kite|paper plane",
    ),
    Kind(
        "space", 0.34, 0.26, "flying", "space",
        "rocket|spaceship|spacecraft|ufo|satellite|space station|comet|meteor|asteroid|planet|earth|mars|saturn|"
        "shuttle",
    ),
    Kind(
        "fixed", 0.16, 0.16, "shining", "sky",
        "sun|moon|star|full moon|crescent moon|aurora|galaxy",
    ),
    Kind(
        "water", 0.28, 0.36, "sailing", "sea",
        "boat|ship|sailboat|sailing boat|sailing ship|yacht|canoe|kayak|raft|ferry|submarine|rowboat|gondola|"
        "pirate ship|fishing boat|steamboat|surfboard|iceberg|buoy|tugboat|cruise ship|speedboat|rubber duck|"
        "paper boat",
    ),
    Kind(
        "deep", 0.22, 0.30, "swimming", "underwater",
        "fish|goldfish|shark|dolphin|octopus|squid|jellyfish|seahorse|starfish|whale|orca|seal|walrus|ray|"
        "manta ray|eel|salmon|tuna|clownfish|lobster|shrimp|sea turtle|diver|koi|kraken|pufferfish|swordfish|"
        "crayfish",
        alive=True,
    ),
    Kind(
        "fixed", 0.55, 0.34, "standing", "hills",
        "castle|house|hut|cottage|cabin|tower|lighthouse|windmill|church|temple|palace|barn|skyscraper|building|"
        "pyramid|statue|bridge|tent|igloo|tree|oak|pine|palm|palm tree|christmas tree|volcano|waterfall|fountain|"
        "factory|shop|cafe|ferris wheel|carousel|gate|wall|ruin|clock tower|treehouse|pagoda|shrine|stadium|"
        "crane tower",
    ),
    Kind(
        "fixed", 0.22, 0.20, "resting", "garden",
        "flower|rose|tulip|sunflower|daisy|lotus|mushroom|cactus|bush|pumpkin|apple|orange|banana|pear|cherry|"
        "lemon|strawberry|watermelon|carrot|tomato|leaf|stone|rock|crystal|diamond|mountain goat statue|book|clock|"
        "lamp|lantern|candle|fire|campfire|bonfire|chair|table|bench|bed|sofa|piano|guitar|violin|drum|trumpet|cup|"
        "teapot|kettle|bottle|glass|vase|box|chest|treasure|key|door|window|mirror|umbrella|hat|crown|sword|shield|"
        "bow|flag|bell|letter|map|phone|computer|camera|television|cake|pizza|bread|ice cream|cookie|egg|nest|"
        "basket|gift|present|toy|doll|teddy bear|puppet|heart|feather|shell|pearl|anchor|wheel|rope|ladder|mat|rug|"
        "pillow|snowflake|dandelion|acorn|mug|bucket|fence|well|swing|hammock|telescope|microphone|snow globe",
    ),
)  # fmt: skip

NOUNS: dict[str, Kind] = {word: kind for kind in KINDS for word in kind.words.split("|")}

UNKNOWN = Kind("ground", 0.30, 0.28, "moving", "meadow", "")
"""A noun that nobody told us about."""

IRREGULAR_PLURALS = {
    "men": "man", "women": "woman", "children": "child", "people": "person", "mice": "mouse", "geese": "goose",
    "wolves": "wolf", "leaves": "leaf", "knives": "knife", "fish": "fish", "sheep": "sheep", "deer": "deer",
    "oxen": "ox", "elves": "elf", "dwarves": "dwarf", "bunnies": "bunny", "thieves": "thief", "fairies": "fairy",
    "buses": "bus", "foxes": "fox", "koi": "koi", "octopuses": "octopus", "witches": "witch", "cacti": "cactus",
}  # fmt: skip

PLACES = {
    "forest": "forest", "woods": "forest", "wood": "forest", "jungle": "jungle", "rainforest": "jungle",
    "sea": "sea", "ocean": "sea", "waves": "sea", "bay": "sea", "harbour": "harbour", "harbor": "harbour",
    "port": "harbour", "lake": "lake", "pond": "pond", "river": "river", "stream": "river", "canal": "canal",
    "beach": "beach", "shore": "beach", "coast": "beach", "island": "island", "desert": "desert", "dunes": "desert",
    "mountain": "mountains", "mountains": "mountains", "alps": "mountains", "peak": "mountains", "hill": "hills",
    "hills": "hills", "valley": "valley", "canyon": "canyon", "cliff": "cliffs", "cliffs": "cliffs", "cave": "cave",
    "meadow": "meadow", "field": "field", "fields": "field", "grass": "meadow", "prairie": "prairie",
    "savanna": "savanna", "savannah": "savanna", "garden": "garden", "park": "park", "farm": "farm",
    "orchard": "orchard", "vineyard": "vineyard", "swamp": "swamp", "marsh": "swamp", "city": "city street",
    "town": "town", "village": "village", "street": "city street", "streets": "city street",
    "city street": "city street", "alley": "alley", "road": "road", "highway": "road", "square": "town square",
    "market": "market", "station": "station", "airport": "airport", "room": "room", "kitchen": "kitchen",
    "bedroom": "bedroom", "library": "library", "museum": "museum", "school": "school", "office": "office",
    "theatre": "theatre", "theater": "theatre", "stage": "stage", "space": "space", "outer space": "space",
    "sky": "sky", "clouds": "sky", "heaven": "sky", "moon": "moon", "underwater": "underwater", "reef": "coral reef",
    "coral reef": "coral reef", "seabed": "underwater", "glacier": "glacier", "arctic": "snowy plain",
    "antarctica": "snowy plain", "tundra": "snowy plain", "rooftop": "rooftop", "rooftops": "rooftop",
    "roof": "rooftop", "path": "path", "trail": "path", "playground": "playground", "backyard": "garden",
    "yard": "garden", "countryside": "countryside", "tokyo": "city street", "paris": "city street",
    "london": "city street", "venice": "canal", "new york": "city street", "graveyard": "graveyard",
    "cemetery": "graveyard", "battlefield": "battlefield", "arena": "arena", "oasis": "oasis",
    "snowfield": "snowy field", "mars": "surface of mars",
}  # fmt: skip

BOTH = frozenset(
    ["castle", "house", "moon", "bridge", "tower", "temple", "palace", "cabin", "cafe", "church", "volcano", "barn",
     "shop", "stadium", "mars", "earth", "factory", "waterfall", "wall", "tree", "mountain"]
)  # fmt: skip
"""Places when something is said to be in or on them, things otherwise."""

TIMES = {
    "night": "night", "midnight": "night", "nighttime": "night", "moonlight": "night", "moonlit": "night",
    "starry": "night", "starlight": "night", "dark": "night", "morning": "morning", "dawn": "dawn",
    "sunrise": "sunrise", "daybreak": "dawn", "noon": "noon", "midday": "noon", "day": "day", "daytime": "day",
    "daylight": "day", "afternoon": "afternoon", "evening": "evening", "dusk": "dusk", "twilight": "dusk",
    "sunset": "sunset", "golden hour": "sunset", "tonight": "night", "nightfall": "dusk",
}  # fmt: skip

WEATHERS = {
    "snow": "snow", "snows": "snow", "snowing": "snow", "snowy": "snow", "snowfall": "snow", "blizzard": "snow",
    "snowstorm": "snow", "winter": "snow", "rain": "rain", "rains": "rain", "raining": "rain", "rainy": "rain",
    "drizzle": "rain", "shower": "rain", "storm": "storm", "stormy": "storm", "thunder": "storm",
    "thunderstorm": "storm", "lightning": "storm", "fog": "fog", "foggy": "fog", "mist": "fog", "misty": "fog",
    "haze": "fog", "hazy": "fog", "wind": "wind", "windy": "wind", "breeze": "wind", "sunny": "clear",
    "sunshine": "clear", "clear": "clear", "cloudy": "clouds", "overcast": "clouds",
}  # fmt: skip

COLOURS = frozenset(
    ["red", "blue", "green", "yellow", "orange", "purple", "violet", "pink", "brown", "black", "white", "grey",
     "gray", "golden", "gold", "silver", "turquoise", "teal", "cyan", "magenta", "crimson", "scarlet", "navy",
     "beige", "ivory", "copper", "bronze", "emerald", "ruby", "amber", "indigo", "lime", "maroon", "colourful",
     "colorful", "rainbow-coloured"]
)  # fmt: skip

SIZES = {
    "tiny": 0.55, "little": 0.75, "small": 0.75, "miniature": 0.5, "big": 1.3, "large": 1.3, "tall": 1.2,
    "huge": 1.55, "giant": 1.6, "gigantic": 1.7, "enormous": 1.7, "massive": 1.6, "short": 0.85, "long": 1.1,
    "bigger": 1.3, "smaller": 0.75, "fat": 1.15,
}  # fmt: skip

ADJECTIVES = frozenset(
    ["old", "young", "new", "ancient", "happy", "sad", "angry", "brave", "wild", "cute", "beautiful", "pretty",
     "lonely", "magic", "magical", "glowing", "shiny", "wooden", "metal", "stone", "fluffy", "furry", "soft",
     "round", "fast", "slow", "sleepy", "hungry", "friendly", "scary", "spooky", "strange", "mysterious", "lost",
     "broken", "striped", "spotted", "frozen", "burning", "flaming", "electric", "mechanical", "robotic",
     "transparent", "neon", "elegant", "proud", "rusty"]
)  # fmt: skip

NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 4, "six": 4, "several": 3, "many": 4, "few": 3, "pair": 2,
    "another": 1, "some": 1, "couple": 2, "2": 2, "3": 3, "4": 4, "5": 4, "dozen": 4,
}  # fmt: skip

TRAVELS = frozenset(
    ["run", "walk", "jump", "leap", "hop", "fly", "swim", "sail", "drive", "ride", "race", "chase", "cross", "climb",
     "crawl", "march", "glide", "float", "drift", "roll", "skate", "ski", "surf", "dive", "gallop", "trot", "wander",
     "travel", "follow", "flee", "escape", "rush", "dash", "sneak", "stroll", "hike", "cycle", "row", "paddle",
     "soar", "hover", "move", "go", "fall", "slide", "charge", "explore", "cruise", "bounce", "carry", "pull",
     "push", "swing"]
)  # fmt: skip

STAYS = frozenset(
    ["sit", "stand", "sleep", "rest", "lie", "eat", "drink", "dance", "sing", "play", "read", "write", "paint",
     "draw", "cook", "watch", "look", "stare", "wait", "talk", "laugh", "cry", "smile", "wave", "fight", "hide",
     "fish", "bloom", "grow", "burn", "shine", "glow", "spin", "turn", "juggle", "hold", "wear", "build", "dig",
     "work", "think", "dream", "hunt", "bark", "howl", "meow", "roar", "kiss", "hug", "celebrate", "meditate",
     "explode", "melt", "blow", "open", "close", "erupt", "conduct", "guard", "balance", "perform", "shout",
     "whisper", "knit", "bathe", "graze", "yawn"]
)  # fmt: skip

ENTERS = frozenset(["appear", "come", "arrive", "join", "land", "enter", "emerge", "approach", "return"])

VERBS = TRAVELS | STAYS | ENTERS

IRREGULAR_VERBS = {
    "ran": "run", "flew": "fly", "flies": "fly", "swam": "swim", "drove": "drive", "rode": "ride", "sat": "sit",
    "stood": "stand", "slept": "sleep", "ate": "eat", "sang": "sing", "fell": "fall", "went": "go", "goes": "go",
    "came": "come", "lying": "lie", "cries": "cry", "carries": "carry", "fought": "fight", "hid": "hide",
    "dug": "dig",
}  # fmt: skip

DOUBLES = frozenset(["run", "swim", "hop", "sit", "spin", "dig", "hug", "knit", "trot", "skip", "chat", "jog"])
"""Verbs that double their last letter before -ing."""

PREPOSITIONS = frozenset(
    ["in", "on", "at", "through", "under", "over", "near", "by", "into", "across", "along", "inside", "beneath",
     "onto", "upon", "around", "above", "below", "behind", "beside", "between", "towards", "toward", "within",
     "among", "off", "during", "past", "down", "up", "out", "beyond", "amid"]
)  # fmt: skip

ARTICLES = frozenset(["a", "an", "the", "his", "her", "its", "their", "my", "our", "your", "this", "that"])

REFERS = frozenset(["it", "he", "she", "they", "them", "him", "everything", "everyone", "scene"])
"""The wish speaks of what is there already."""

ADDS = frozenset(["add", "and", "also", "another", "plus", "with", "meet", "meets", "together", "joined", "suddenly"])

REMOVES = frozenset(["remove", "without", "delete", "no", "vanish", "vanishes", "disappear", "disappears", "leaves"])

IGNORED = frozenset(
    ["and", "or", "with", "of", "to", "is", "are", "be", "was", "were", "make", "let", "there", "then", "now",
     "while", "who", "which", "where", "when", "as", "from", "for", "add", "also", "plus", "please", "show", "me",
     "very", "so", "becomes", "become", "turns", "gets", "it's", "its", "has", "have", "having", "do", "does",
     "doing", "not", "no", "but", "just", "more", "less", "all", "both", "each", "slowly", "quickly", "suddenly",
     "together", "again", "film", "video", "movie", "scene", "picture", "camera", "want", "would", "like", "can",
     "you", "i", "we", "us", "until", "remove", "without", "delete", "vanish", "vanishes", "disappear", "disappears",
     "meet", "meets", "joined", "what", "if", "will", "should", "style", "view", "middle", "front", "top", "back",
     "side", "full", "lots", "lot", "another", "under", "it", "he", "she", "they", "them", "him", "everything",
     "everyone", "start", "starts", "begin", "begins", "away", "home", "light", "falling", "s", "t", "still", "only",
     "into", "here", "something", "nothing", "anything", "ignore", "format", "write", "print", "output", "answer",
     "system", "prompt", "instructions", "previous", "rules", "json", "about", "tell", "say", "reply", "word",
     "words", "must", "everywhere", "around", "faster", "slower"]
)  # fmt: skip
