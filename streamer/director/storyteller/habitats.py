"""Who is at home where, and what goes with what: what a sentence leaves open. Data only."""

from __future__ import annotations

HOMES = {
    "astronaut": "moon", "alien": "moon", "diver": "underwater", "mermaid": "sea", "surfer": "sea", "sailor": "sea",
    "camel": "desert", "cactus": "desert", "scorpion": "desert", "penguin": "ice", "polar bear": "ice", "duck": "pond",
    "duckling": "pond", "swan": "pond", "frog": "pond", "cow": "farm", "horse": "meadow", "pony": "meadow",
    "donkey": "farm", "skier": "snowy mountains", "snowman": "snowy field", "reindeer": "snowy field",
    "crab": "beach", "monkey": "jungle", "tiger": "jungle", "bear": "forest", "wolf": "forest", "deer": "forest",
    "owl": "forest", "dragon": "mountains", "unicorn": "forest", "wall": "room", "candle": "room", "piano": "room",
    "sofa": "room", "bed": "bedroom", "cake": "kitchen", "pizza": "kitchen", "book": "library", "dancer": "stage",
    "ballerina": "stage", "singer": "stage", "campfire": "forest", "fire": "forest", "sandcastle": "beach",
    "sand castle": "beach", "palm tree": "beach", "lighthouse": "cliffs", "pyramid": "desert", "iceberg": "sea",
    "igloo": "ice", "rubber duck": "pond", "gondola": "canal", "tractor": "farm", "wagon": "prairie",
    "hot air balloon": "sky", "dinosaur": "jungle", "gorilla": "jungle", "knight": "meadow", "farmer": "farm",
    "chair": "room", "bench": "park", "swing": "park", "hammock": "garden", "branch": "forest", "plant": "room",
    "log": "forest", "sign": "city street", "picnic basket": "park", "apple tree": "orchard", "bookshelf": "library",
    "fireplace": "room", "chimney": "town", "stove": "kitchen", "oven": "kitchen", "fridge": "kitchen",
    "refrigerator": "kitchen", "sink": "kitchen", "kitchen table": "kitchen", "soup": "kitchen", "pan": "kitchen",
    "pot": "kitchen", "toaster": "kitchen", "wardrobe": "bedroom", "bathtub": "bathroom", "rocking chair": "room",
    "stapler": "office", "computer": "office", "blackboard": "classroom", "spotlight": "stage", "crib": "bedroom",
    "scarf": "room", "sweater": "room", "sock": "bedroom", "carpet": "room", "armchair": "room", "microphone": "stage",
    "conductor": "stage", "pianist": "stage", "musician": "stage", "tiger cub": "jungle", "chef": "kitchen",
}  # fmt: skip
"""Where somebody is at home whose group is at home elsewhere."""

SCENES = {
    "surfing": "sea", "sailing": "sea", "diving": "underwater", "rowing": "lake", "paddling": "lake",
    "skiing": "snowy mountains", "climbing": "mountains", "orbiting": "space", "launching": "desert",
    "picnicking": "park", "cooking": "kitchen", "baking": "kitchen", "camping": "forest", "fishing": "lake shore",
}  # fmt: skip
"""Where something is done, unless the words say otherwise."""

LIVES_IN = {
    "forest": "deer", "jungle": "monkey", "sea": "boat", "harbour": "ship", "lake": "swan", "pond": "duck",
    "river": "boat", "beach": "crab", "island": "parrot", "desert": "camel", "mountains": "eagle", "hills": "sheep",
    "valley": "horse", "meadow": "rabbit", "field": "horse", "savanna": "elephant",
    "garden": "butterfly",
    "park": "dog", "farm": "cow", "city street": "car", "town": "bicycle", "village": "cat", "road": "car",
    "room": "cat", "living room": "cat", "bedroom": "cat", "kitchen": "cat", "library": "book", "castle hall": "knight",
    "stage": "dancer", "space": "rocket", "sky": "bird", "moon": "astronaut", "surface of mars": "robot",
    "underwater": "fish", "coral reef": "tropical fish", "ice": "penguin", "snowy plain": "penguin",
    "snowy field": "fox", "rooftop": "cat", "path": "dog", "graveyard": "ghost", "swamp": "frog", "canal": "gondola",
    "battlefield": "soldier", "bridge": "train", "station": "train", "arctic": "polar bear", "market": "woman",
    "library hall": "book", "circus": "clown", "zoo": "elephant", "city": "bird", "harbour town": "ship",
    "town square": "pigeon", "school": "child", "cafe": "woman", "stadium": "runner", "museum": "child",
    "orchard": "apple", "jungle river": "crocodile", "snowy mountains": "skier", "playground": "child",
    "airport": "plane", "cave": "bat", "aquarium": "shark", "greenhouse": "flower", "attic": "mouse",
}  # fmt: skip
"""Who is met in a place of which nothing else was said."""

SWIMMERS = frozenset(["swan", "duck", "duckling", "goose", "pelican", "seagull", "gull", "beaver", "otter", "frog",
                      "flamingo", "penguin", "seal pup", "heron"])  # fmt: skip
"""Who swims where there is water, unless the words say otherwise."""

NIGHTLY = frozenset(["fireworks", "shooting star", "firefly", "full moon"])
"""What is seen at night, unless the words say otherwise."""

NOBODY = frozenset(["nobody", "noone", "none", "nothing", "emptiness"])
"""Where they are all that is said, nobody is: there is an empty chair."""

COMES_WITH = {"snow": ("snowman", "snowy field"), "rain": ("frog", "pond"), "storm": ("ship", "sea"),
              "fog": ("lighthouse", "cliffs"), "wind": ("kite", "beach"), "night": ("owl", "forest"),
              "sunset": ("boat", "sea"), "sunrise": ("bird", "sea"), "dawn": ("deer", "meadow")}  # fmt: skip
"""What is seen, and where, when there is nothing but a weather or a time of day."""

RIDDEN = frozenset(
    ["horse", "pony", "donkey", "camel", "elephant", "dragon", "unicorn", "wave", "surfboard", "boat", "raft", "canoe",
     "bicycle", "bike", "motorcycle", "scooter", "skateboard", "sled", "sleigh", "llama", "ostrich", "dolphin", "whale",
     "turtle", "tortoise", "bull", "zebra", "rocket", "broom", "reindeer", "lion", "tiger", "bear", "dinosaur",
     "giraffe",
     "tractor", "wagon", "carriage", "ship", "shark", "eagle", "phoenix", "pegasus", "cloud", "sailboat", "gondola"]
)  # fmt: skip
"""What one may sit on while riding, surfing or sailing."""

SEATS = frozenset(
    ["sofa", "chair", "bed", "bench", "mat", "rug", "pillow", "leaf", "rock", "stone", "wall", "swing", "hammock",
     "box",
     "table", "mushroom", "basket", "fence", "piano", "throne", "iceberg", "skateboard"]
)  # fmt: skip
"""What one may sit, lie or stand on."""

SHELTERED = frozenset(
    ["space", "underwater", "reef", "seabed", "deep", "moon", "mars", "nebula", "room", "hall", "kitchen", "bedroom",
     "library", "museum", "stage", "theatre", "office", "school", "classroom", "cave", "cafe", "shop",
     "aquarium", "attic", "cellar", "tunnel", "greenhouse", "bakery", "hospital", "gym", "circus", "planet",
     "restaurant", "laboratory", "dungeon", "ballroom", "tavern", "pub", "bar", "diner",
     "supermarket", "workshop", "studio", "bathroom"]
)  # fmt: skip
"""Where no weather comes."""
