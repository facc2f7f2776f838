"""Which places lie next to each other, who comes by there, and what small things are found. Data only.

Every noun here is one that the sketch engine has a drawing for; a test looks each of them up.
"""

from __future__ import annotations

RINGS = {
    "wild": ("forest", "river shore", "mountains", "meadow", "lake shore", "village", "valley", "beach", "hills"),
    "winter": ("snowy field", "snowy forest", "snowy mountains", "snowy village", "icy shore"),
    "surf": ("sea", "beach", "bay", "island", "lagoon"),
    "waters": ("sea", "island", "harbour", "beach", "lake", "lagoon", "river", "bay"),
    "deep": ("coral reef", "seabed", "deep sea", "underwater"),
    "skies": ("sky", "forest", "sea", "mountains", "village", "beach", "hills", "rooftops", "lake"),
    "space": ("space", "moon mountains", "nebula", "mars desert"),
    "town": ("city street", "park", "rooftop", "garden", "market", "beach", "village", "road", "hills"),
    "roads": ("city street", "hills", "road", "beach", "village", "mountains", "desert"),
    "dry": ("desert", "oasis", "canyon", "mountains", "savanna", "village"),
    "rooms": ("living room", "kitchen", "library", "bedroom"),
    "home": ("living room", "garden", "kitchen", "rooftop", "library", "park"),
    "views": ("hills", "lake shore", "mountains", "village", "beach", "forest", "meadow", "desert"),
}
"""Round trips, in each of which neighbours look different (another kind of place is drawn, where there is one)."""

LANDS = {
    "forest": "forest|snowy forest|jungle|woods|orchard",
    "shore": "beach|river shore|lake shore|island|lagoon|bay|icy shore",
    "mountains": "mountains|valley|canyon|cliffs|glacier|snowy mountains|moon mountains|cave",
    "water": "sea|lake|river|pond|harbour|canal|swamp",
    "deep": "underwater|coral reef|seabed|deep sea",
    "space": "space|moon|surface of mars|mars desert|nebula|moon mountains|planet",
    "town": "city street|rooftop|rooftops|market|town square|road|town|alley|station|path|city|bridge|stadium|balcony|"
    "railway|fairground|courtyard",
    "village": "village|farm|park|garden|playground|countryside",
    "room": "living room|kitchen|library|bedroom|room|museum|office|stage|theatre|hall|cafe|shop|school|classroom|"
    "circus|aquarium|attic|cellar|bakery|hospital|gym|supermarket|bathroom|workshop|studio|greenhouse|restaurant|"
    "laboratory|dungeon|ballroom|throne room|tavern|pub|bar|diner",
    "dry": "desert|oasis|savanna|prairie|volcano|ruins",
    "snow": "snowy field|snowy plain|ice|snowy village|arctic|antarctica",
    "sky": "sky",
}
"""Places that are alike in who lives there; any other place is like a meadow."""
LAND_OF = {place: land for land, places in LANDS.items() for place in places.split("|")}

GUESTS = {
    "forest": "deer|rabbit|squirrel|hedgehog|bear|robin",
    "shore": "child|crab|dog|seagull|turtle|woman",
    "mountains": "goat|eagle|hiker|sheep|llama",
    "water": "dolphin|seagull|swan|sailboat|ship|duck",
    "deep": "octopus|seal|tropical fish|dolphin|shark",
    "space": "ufo|rocket|satellite|robot|astronaut",
    "town": "girl|dog|cat|bicycle|pigeon|musician",
    "village": "rooster|farmer|cat|horse|butterfly|child",
    "room": "mouse|cat|child|butterfly|robot",
    "dry": "camel|lizard|snake|elephant|zebra",
    "snow": "penguin|fox|reindeer|skier|wolf",
    "sky": "eagle|hot air balloon|plane|swallow",
    "meadow": "rabbit|sheep|horse|butterfly|cow|girl",
}
"""Who may come by, by day."""

NIGHT_GUESTS = {
    "forest": "owl|wolf|hedgehog|bat", "shore": "turtle|crab|old man", "mountains": "wolf|owl|bat",
    "water": "ship|dolphin|whale", "town": "cat|bat|detective", "village": "owl|cat|mouse", "room": "cat|mouse|ghost",
    "dry": "lizard|wolf|camel", "snow": "wolf|owl|reindeer", "sky": "bat|owl|plane", "meadow": "owl|fox|hedgehog",
}  # fmt: skip
"""Who comes by in the dark, where it is somebody else."""

FLIERS = {"water": "seagull|swallow|hot air balloon", "space": "ufo|rocket|satellite",
          "": "hot air balloon|swallow|plane|eagle"}  # fmt: skip
"""Who meets somebody in the air. Left: a land, "" for all others."""

THINGS = {
    "forest": "mushroom|flower|rock|tent", "shore": "shell|palm tree|umbrella|rock", "mountains": "rock|flower|pine",
    "water": "lighthouse|rock|palm tree", "deep": "shell|treasure|anchor|rock", "space": "star|crystal|telescope",
    "town": "lantern|umbrella|clock|fountain", "village": "sunflower|pumpkin|windmill|tulip",
    "room": "candle|clock|teapot|book|lamp", "dry": "cactus|rock|tent", "snow": "snowman|pine|sled",
    "sky": "kite|cloud|rainbow", "meadow": "flower|tulip|mushroom|sunflower",
}  # fmt: skip
"""What may be found there."""

ANSWERS = {
    "rain": "rainbow", "storm": "rainbow", "snow": "snowman|snowflake", "fog": "lantern|candle",
    "wind": "kite", "night": "star", "sunset": "dove|kite",
    "day": "dove|kite", "alarm": "",
    "dark": "lantern|candle|lamp", "glow": "lantern|candle|lamp", "deep": "jellyfish|crystal", "space": "star|crystal",
}  # fmt: skip
"""What comes of a trouble; of darkness and of light indoors, the land tells."""

ANY = "dove|kite|star|umbrella|feather"
"""What comes of it where all of that is there already: one more than can be there."""

BRIGHT = frozenset(["balloon", "bicycle", "car", "kite", "sailboat", "hot air balloon", "umbrella", "tent", "robot"])
"""Things that come in any colour."""
PAINTS = ("red", "blue", "yellow", "green", "purple", "orange")

NEXT_LIGHT = {
    "dawn": "morning", "sunrise": "morning", "morning": "day", "day": "sunset", "noon": "sunset", "afternoon": "sunset",
    "sunset": "dusk", "evening": "night", "dusk": "night", "night": "predawn", "predawn": "dawn",
}  # fmt: skip
"""How a day passes, in steps that no eye is dazzled by: from night to dawn by way of the hour before it."""

COMES_TO = {
    "underwater": "the deep", "space": "the stars", "sky": "the clouds", "moon mountains": "the mountains of the moon",
    "mars desert": "the desert of mars",
}  # fmt: skip
"""How a place is called as an aim, where its name alone does not read well."""

LIGHTS = {
    "sunset": "the sun sinks low", "dusk": "the light fades", "night": "night falls", "predawn": "the night grows thin",
    "dawn": "the sky grows pale",
    "morning": "the sun rises", "day": "the light grows strong",
}  # fmt: skip
"""How it is told that the day has gone a step on."""
