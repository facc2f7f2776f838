"""The words that the storyteller knows: plain English, hand-picked, data only.

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
        "husky|beagle|terrier|cub|coyote|seal pup",
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
        "ground", 0.12, 0.14, "walking", "garden",
        "mouse|rat|hamster|hedgehog|squirrel|chipmunk|frog|toad|snail|ant|beetle|spider|lizard|gecko|snake|crab|"
        "turtle|tortoise|worm|caterpillar|mole|scorpion|chick|duckling|ladybug|cricket",
        alive=True,
    ),
    Kind("ground", 0.12, 0.14, "rolling", "park", "ball|football|basketball|snowball|tennis ball|beach ball"),
    Kind(
        "ground", 0.46, 0.20, "walking", "town",
        "man|woman|boy|girl|child|kid|baby|person|knight|king|queen|prince|princess|wizard|witch|astronaut|robot|"
        "pirate|thief|soldier|farmer|fisherman|dancer|ballerina|singer|painter|musician|chef|cook|doctor|nurse|teacher|"
        "student|clown|ninja|samurai|cowboy|detective|hiker|runner|skier|skater|surfer|cyclist|sailor|monk|viking|"
        "elf|fairy|dwarf|giant|troll|ghost|zombie|vampire|mermaid|angel|superhero|snowman|scarecrow|alien|hero|"
        "friend|grandmother|grandfather|mother|father|couple|crowd|family|explorer|gardener|shepherd|juggler|"
        "acrobat|conductor|pianist|guitarist|violinist|drummer|player|footballer|fireman|firefighter|policeman|baker|"
        "mechanic|scientist|artist|bride|groom|emperor|goblin|skeleton|mummy|caveman|boxer|swimmer|diver|"
        "magician|guard|hunter|climber|captain|old man|old woman|santa claus|teenager|tourist",
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
        "sun|moon|star|full moon|crescent moon|shooting star",
    ),
    Kind(
        "water", 0.28, 0.36, "sailing", "sea",
        "boat|ship|sailboat|sailing boat|sailing ship|yacht|canoe|kayak|raft|ferry|submarine|rowboat|gondola|"
        "pirate ship|fishing boat|steamboat|surfboard|iceberg|buoy|tugboat|cruise ship|speedboat|rubber duck|"
        "paper boat",
    ),
    Kind("water", 0.34, 0.52, "rolling", "sea", "wave|tsunami|breaker"),
    Kind(
        "deep", 0.22, 0.30, "swimming", "underwater",
        "fish|goldfish|shark|dolphin|octopus|squid|jellyfish|seahorse|starfish|whale|orca|seal|walrus|ray|"
        "manta ray|eel|salmon|tuna|clownfish|lobster|shrimp|sea turtle|diver|koi|kraken|pufferfish|swordfish|"
        "crayfish",
        alive=True,
    ),
    Kind(
        "fixed", 0.55, 0.34, "", "hills",
        "castle|house|hut|cottage|cabin|tower|lighthouse|windmill|church|temple|palace|barn|skyscraper|building|"
        "pyramid|statue|bridge|tent|igloo|tree|oak|pine|palm|palm tree|christmas tree|volcano|waterfall|fountain|"
        "factory|shop|cafe|ferris wheel|carousel|gate|wall|ruin|clock tower|treehouse|pagoda|shrine|stadium|"
        "crane tower|snow castle|sandcastle|sand castle|eiffel tower|apple tree|bookshelf|mill|chapel|hotel|garage",
    ),
    Kind(
        "fixed", 0.30, 0.40, "", "room",
        "sofa|bed|piano|grand piano|table|kitchen table|fireplace|chimney|stove|oven|fridge|refrigerator|sink|"
        "bathtub|wardrobe|cupboard|shelf|rocking chair|carpet|desk|bench|throne|armchair|shipwreck",
    ),
    Kind(
        "fixed", 0.22, 0.20, "", "garden",
        "flower|rose|tulip|sunflower|daisy|lotus|mushroom|cactus|bush|pumpkin|apple|orange|banana|pear|cherry|"
        "lemon|strawberry|watermelon|carrot|tomato|leaf|stone|rock|crystal|diamond|mountain goat statue|book|clock|"
        "lamp|lantern|candle|fire|campfire|bonfire|chair|guitar|violin|drum|trumpet|cup|"
        "teapot|kettle|bottle|glass|vase|box|chest|treasure|key|door|window|mirror|umbrella|hat|crown|sword|shield|"
        "bow|flag|bell|letter|map|phone|computer|camera|television|cake|pizza|bread|ice cream|cookie|egg|nest|"
        "basket|gift|present|toy|doll|teddy bear|puppet|heart|feather|shell|pearl|anchor|wheel|rope|ladder|mat|rug|"
        "pillow|snowflake|dandelion|acorn|mug|picture|painting|petal|cherry blossom|broom|web|bamboo|bowl|tea|"
        "bucket|fence|well|swing|hammock|telescope|microphone|snow globe|sign|branch|plant|plate|newspaper|magazine|"
        "saxophone|cello|flute|harp|accordion|banjo|bouquet|backpack|suitcase|parasol|shovel|spade|torch|wand|staff|"
        "fruit|fruit bowl|grapes|cheese|sandwich|hamburger|donut|bone|log|stump|fireworks|picnic basket|flower pot|"
        "scarf|sweater|sock|glove|shoe|boot|shirt|stapler|pencil|scissors|spotlight|soup|pot|pan|spoon|fork|knife|jar|radio|"
        "vacuum cleaner|toaster|kite string|photo|coin|ring|necklace|ribbon|bag|barrel|crate|snowglobe",
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
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "several": 4, "few": 3, "pair": 2, "another": 1, "second": 1, "some": 2, "couple": 2, "dozen": 12,
    "more": 2, "eleven": 11, "twelve": 12,
} | {str(n): n for n in range(1, 13)}  # fmt: skip

MANY = 13
"""More than are counted, or drawn."""
NUMBERS |= dict.fromkeys(
    ["many", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty",
     "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "hundreds", "thousand", "thousands",
     "million", "millions", "dozens", "countless"], MANY
)  # fmt: skip

COUNTED = {
    2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten", 11: "eleven",
    12: "twelve", MANY: "many",
}  # fmt: skip
"""How a number is said in the look of a group."""

COLLECTIVES = {
    "couple": 2, "pair": 2, "trio": 3, "group": 4, "pack": 4, "team": 4, "fleet": 4, "row": 4, "herd": 5, "bunch": 5,
    "family": 4, "troupe": 4, "colony": 6, "pile": 3, "gang": 4,
    "flock": 6, "school": 6, "crowd": 6, "swarm": 7, "army": 7, "lots": 6, "lot": 6, "plenty": 6,
    "dozens": MANY, "hundreds": MANY, "thousands": MANY, "millions": MANY,
}  # fmt: skip
"""How many, before "of"."""

TRAVELS = frozenset(
    ["run", "walk", "jump", "leap", "hop", "fly", "swim", "sail", "drive", "ride", "race", "chase", "cross", "climb",
     "crawl", "march", "glide", "float", "drift", "roll", "skate", "ski", "surf", "dive", "gallop", "trot", "wander",
     "travel", "follow", "flee", "escape", "rush", "dash", "sneak", "stroll", "hike", "cycle", "row", "paddle",
     "soar", "hover", "move", "fall", "slide", "charge", "explore", "cruise", "bounce", "carry", "pull",
     "push", "swing", "crash", "stalk", "jog", "skip", "sprint", "swoop", "zoom", "flutter", "sledge", "sink", "rise",
     "pass", "leave", "orbit", "circle", "strut", "waddle", "chug", "steam"]
)  # fmt: skip

STAYS = frozenset(
    ["sit", "stand", "sleep", "rest", "lie", "eat", "drink", "dance", "sing", "play", "read", "write", "paint",
     "draw", "cook", "watch", "look", "stare", "wait", "talk", "laugh", "cry", "smile", "wave", "fight", "hide",
     "argue", "quarrel",
     "fish", "bloom", "grow", "burn", "shine", "glow", "spin", "turn", "juggle", "hold", "wear", "build", "dig",
     "work", "think", "dream", "hunt", "bark", "howl", "meow", "roar", "kiss", "hug", "celebrate", "meditate",
     "explode", "melt", "blow", "open", "close", "erupt", "conduct", "guard", "balance", "perform", "shout",
     "whisper", "knit", "bathe", "graze", "yawn", "duck", "strike", "hit", "kick", "catch", "throw", "steal", "feed",
     "wash", "clean", "teach", "study", "type", "bake", "ring", "crack", "hatch", "flicker", "sparkle", "twinkle",
     "lean", "kneel", "nap", "doze", "sniff", "chew", "lick", "hang", "sway", "roast",
     "fix", "repair", "save", "rescue", "find", "search", "greet", "salute",
     "plant", "pick", "gather", "mow", "sweep", "drum", "clap", "stir", "pour", "stack", "harvest", "sew", "shop",
     "launch", "camp", "picnic", "golf", "jam", "applaud", "protect", "attack", "water-ski", "fence", "park", "observe",
     "surround", "tremble", "sneeze", "snore", "nod", "pray", "wrestle"]
)  # fmt: skip

ENTERS = frozenset(["appear", "come", "arrive", "join", "land", "enter", "emerge", "approach", "return", "meet"])

GOES = frozenset(
    ["go", "head", "take", "bring", "switch", "make", "cut", "visit", "stay", "keep", "continue", "be", "start",
     "begin"]
)  # fmt: skip
"""Said of the film rather than of somebody: "go to the desert"; nobody does anything new by it."""

VERBS = TRAVELS | STAYS | ENTERS | GOES

BOTH_DO = {"fighting": "fighting", "hugging": "hugging", "kissing": "kissing", "racing": "racing", "chasing": "running",
           "wrestling": "wrestling", "following": "", "hunting": "running"}  # fmt: skip
"""What is done to somebody alive, and what that one does meanwhile."""

IRREGULAR_VERBS = {
    "ran": "run", "flew": "fly", "flies": "fly", "swam": "swim", "drove": "drive", "rode": "ride", "sat": "sit",
    "stood": "stand", "slept": "sleep", "ate": "eat", "sang": "sing", "fell": "fall", "went": "go", "goes": "go",
    "came": "come", "lying": "lie", "cries": "cry", "carries": "carry", "fought": "fight", "hid": "hide",
    "dug": "dig", "caught": "catch", "threw": "throw", "stole": "steal", "fed": "feed", "struck": "strike",
    "left": "leave", "met": "meet", "rose": "rise", "gone": "go", "taken": "take", "fallen": "fall", "made": "make",
}  # fmt: skip

DOUBLES = frozenset(
    ["run", "swim", "hop", "sit", "spin", "dig", "hug", "knit", "trot", "skip", "chat", "jog", "hit", "cut", "nap",
     "drum", "nod"]
)  # fmt: skip
"""Verbs that double their last letter before -ing."""

PREPOSITIONS = frozenset(
    ["in", "on", "at", "through", "under", "over", "near", "by", "into", "across", "along", "inside", "beneath",
     "onto", "upon", "around", "above", "below", "behind", "beside", "between", "towards", "toward", "within",
     "among", "off", "during", "past", "down", "up", "out", "beyond", "amid"]
)  # fmt: skip

ARTICLES = frozenset(["a", "an", "the", "his", "her", "its", "their", "my", "our", "your", "this", "that"])

AT = frozenset(["in", "on", "inside", "at", "into", "onto", "upon", "across", "through", "within", "to"])
"""Prepositions after which a castle is where one is, not what one sees."""

BESIDE = frozenset(["by", "beside", "near", "along"])

REFERS = frozenset(["it", "he", "she", "they", "them", "him", "everything", "everyone", "scene"])
"""The wish speaks of what is there already."""

ADDS = frozenset(["add", "and", "also", "another", "plus", "with", "meet", "meets", "together", "joined", "suddenly",
                  "more",
                  "give", "bring", "second"])  # fmt: skip

REMOVES = frozenset(["remove", "without", "delete", "no", "lose", "drop"])

LEAVES = frozenset(["vanish", "vanishes", "disappear", "disappears", "leaves", "leave"])

ALWAYS = frozenset(["always", "forever", "eternal", "eternally", "endless", "endlessly", "ever"])

STOPS = frozenset(["stop", "stops", "ends", "end", "without", "no", "clears"])
"""Beside a weather: it is over."""

TURNS = frozenset(["turn", "turns", "becomes", "become", "transform", "transforms", "replace", "replaces", "change",
                   "changes",
                   "swap", "morph", "morphs"])  # fmt: skip

CAMERA = {
    "zoom in": "in", "zoom into": "in", "close up": "in", "close-up": "in", "closeup": "in", "move closer": "in",
    "come closer": "in", "go closer": "in", "get closer": "in", "closer": "in", "nearer": "in", "zoom": "in",
    "zoom out": "out", "pull back": "out", "move back": "out", "from afar": "out", "wide shot": "out",
    "further away": "out", "farther away": "out", "wide angle": "out", "pan left": "left", "look left": "left",
    "pan right": "right", "look right": "right", "camera left": "left", "camera right": "right",
}  # fmt: skip

TEMPOS = {
    "slower": 0.55, "slow down": 0.55, "slow motion": 0.45, "slow": 0.55, "slowly": 0.7, "calmer": 0.6,
    "faster": 1.45, "speed up": 1.45, "hurry": 1.45, "quicker": 1.45, "quickly": 1.25, "fast": 1.25,
}  # fmt: skip

IDIOMS = {
    "falls asleep": "sleeping", "fall asleep": "sleeping", "goes to sleep": "sleeping", "asleep": "sleeping",
    "has a picnic": "sitting at a picnic", "have a picnic": "sitting at a picnic",
    "having a picnic": "sitting at a picnic", "lifts off": "launching", "lift off": "launching",
     "blasts off": "launching", "blast off": "launching",
    "takes off": "flying", "take off": "flying", "sits down": "sitting", "lies down": "lying", "lands": "landing",
    "stands still": "standing", "runs away": "running", "stops moving": "standing", "in love": "hugging",
    "fall in love": "hugging", "falls in love": "hugging", "falling in love": "hugging", "fell in love": "hugging",
}  # fmt: skip
"""Words that together are a verb of their own, and what somebody then does."""

IGNORED = frozenset(
    ["and", "or", "with", "of", "to", "is", "are", "be", "was", "were", "make", "let", "let's", "there", "then", "now",
     "while", "who", "which", "where", "when", "as", "from", "for", "add", "also", "plus", "please", "show", "me",
     "very", "so", "becomes", "become", "turns", "gets", "get", "it's", "its", "has", "have", "having", "do", "does",
     "doing", "not", "no", "but", "just", "more", "less", "all", "both", "each", "slowly", "quickly", "suddenly",
     "together", "again", "film", "video", "movie", "clip", "animation", "scene", "camera", "want", "would", "like",
     "can", "could", "you", "i", "we", "us", "until", "remove", "without", "delete", "vanish", "vanishes", "disappear",
     "disappears", "leaves", "meet", "meets", "joined", "what", "if", "will", "should", "style", "view", "middle",
     "front", "top", "back", "side", "full", "lots", "lot", "another", "under", "it", "he", "she", "they", "them",
     "him", "everything", "everyone", "start", "starts", "begin", "begins", "away", "light", "falling", "s", "t",
     "still", "only", "into", "here", "something", "nothing", "anything", "ignore", "format", "write", "print",
     "output", "answer", "system", "prompt", "instructions", "previous", "rules", "json", "about", "tell", "say",
     "reply", "word", "words", "must", "everywhere", "around", "faster", "slower", "see", "give", "replace", "replaces",
     "change", "changes", "transform", "transforms", "turn", "swap", "stop", "stops", "shot", "image", "photo",
     "story", "hello", "hi", "hey", "thanks", "ok", "okay", "yes", "nice", "cool", "wow", "great", "too", "same",
     "other", "first", "next", "last", "left", "right", "how", "why", "weather", "lights", "alone", "by", "itself",
     "always", "forever", "eternal", "eternally", "endless", "endlessly", "ever", "colours", "colors",
     "own", "such", "were", "been", "being", "really", "instead", "different", "lose", "drop", "drops", "autumn",
     "spring",
     "season", "morph", "morphs", "it'll", "i'd", "i'm", "ends", "end", "clears", "everybody", "somewhere", "color",
     "colour", "colored", "coloured", "size", "ground", "background", "foreground", "floe", "help", "love", "name",
     # Function words of a few other languages: no nouns, at least
     "ein", "eine", "einen", "einem", "einer", "der", "die", "das", "den", "dem", "und", "mit", "im", "am", "auf",
     "durch",
     "von", "zu", "zum", "zur", "ist", "bei", "un", "una", "une", "le", "la", "les", "el", "los", "las", "dans", "sur",
     "en", "de", "des", "du", "et", "y", "por", "con", "il", "lo", "nel"]
)  # fmt: skip

SAME_AS = {
    "fuchs": "fox", "hund": "dog", "hunde": "dogs", "katze": "cat", "katzen": "cats", "pferd": "horse",
    "vogel": "bird", "vögel": "birds", "fisch": "fish", "bär": "bear", "maus": "mouse", "löwe": "lion",
    "hase": "rabbit",
    "drache": "dragon", "drachen": "dragon", "ritter": "knight", "hexe": "witch", "mann": "man", "frau": "woman",
    "kind": "child", "kinder": "children", "junge": "boy", "mädchen": "girl", "auto": "car", "zug": "train",
    "boot": "boat", "schiff": "ship", "segelboot": "sailboat", "rakete": "rocket", "flugzeug": "plane",
    "haus": "house", "schloss": "castle", "burg": "castle", "turm": "tower", "leuchtturm": "lighthouse",
    "baum": "tree", "blume": "flower", "blumen": "flowers", "sonne": "sun", "mond": "moon", "stern": "star",
    "wald": "forest", "meer": "sea", "strand": "beach", "berg": "mountains", "berge": "mountains", "wüste": "desert",
    "stadt": "city", "dorf": "village", "fluss": "river", "wiese": "meadow", "garten": "garden", "weltraum": "space",
    "himmel": "sky", "nacht": "night", "nachts": "night", "morgen": "morning", "abend": "evening",
    "sonnenuntergang": "sunset", "schnee": "snow", "schneit": "snows", "regen": "rain", "regnet": "rains",
    "nebel": "fog", "sturm": "storm", "läuft": "runs", "rennt": "runs", "geht": "walks", "fliegt": "flies",
    "schwimmt": "swims", "schläft": "sleeps", "tanzt": "dances", "springt": "jumps", "sitzt": "sits", "segelt": "sails",
    "fährt": "drives", "ein": "a", "eine": "a", "einen": "a", "einem": "a", "einer": "a", "der": "the", "das": "the",
    "dem": "the", "den": "the", "und": "and", "mit": "with", "im": "in", "auf": "on", "am": "at", "durch": "through",
    "über": "over", "unter": "under", "zwei": "two", "drei": "three", "vier": "four", "fünf": "five",
    "war": "battlefield", "krieg": "battlefield", "niemand": "nobody", "nichts": "nothing",
    "immer": "always", "ewig": "always", "kitty": "kitten", "doggy": "dog", "bunnies": "bunny",
    "sailing-boat": "sailboat",
} | {
    german + ending: colour
    for german, colour in (
        ("rot", "red"), ("blau", "blue"), ("grün", "green"), ("gelb", "yellow"), ("schwarz", "black"),
        ("weiß", "white"), ("klein", "small"), ("groß", "big"), ("riesig", "huge"), ("alt", "old"),
    )
    for ending in ("", "e", "er", "es", "en", "em")
}  # fmt: skip
"""Words heard as another: the commonest German ones, so that a German sentence is more than cards with words."""
