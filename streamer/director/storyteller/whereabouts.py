"""Where, when and in what weather: the words for it, and what they mean. Plain English, hand-picked, data only."""

from __future__ import annotations

PLACES = {
    "forest": "forest", "woods": "forest", "wood": "forest", "jungle": "jungle", "rainforest": "jungle",
    "sea": "sea", "ocean": "sea", "oceans": "sea", "seas": "sea", "seaside": "beach", "deep sea": "underwater",
    "ocean floor": "underwater", "seafloor": "underwater", "ice": "ice", "ice floe": "ice", "sand": "beach",
    "bay": "sea", "harbour": "harbour", "harbor": "harbour",
    "port": "harbour", "lake": "lake", "pond": "pond", "river": "river", "stream": "river", "canal": "canal",
    "beach": "beach", "shore": "beach", "coast": "beach", "island": "island", "desert": "desert", "dunes": "desert",
    "mountains": "mountains", "mountain": "mountains", "alps": "mountains", "peak": "mountains", "hill": "hills",
    "hills": "hills", "valley": "valley", "canyon": "canyon", "cliff": "cliffs", "cliffs": "cliffs", "cave": "cave",
    "meadow": "meadow", "field": "field", "fields": "field", "grass": "meadow", "prairie": "prairie",
    "savanna": "savanna", "savannah": "savanna", "garden": "garden", "park": "park", "farm": "farm",
    "orchard": "orchard", "vineyard": "vineyard", "swamp": "swamp", "marsh": "swamp", "city": "city street",
    "town": "town", "village": "village", "street": "city street", "streets": "city street",
    "city street": "city street", "alley": "alley", "road": "road", "highway": "road", "square": "town square",
    "market": "market", "station": "station", "airport": "airport", "room": "room", "kitchen": "kitchen",
    "bedroom": "bedroom", "library": "library", "museum": "museum", "school": "school", "classroom": "classroom",
    "living room": "living room", "office": "office",
    "theatre": "theatre", "theater": "theatre", "stage": "stage", "space": "space", "outer space": "space",
    "sky": "sky", "clouds": "sky", "heaven": "sky", "underwater": "underwater", "reef": "coral reef",
    "coral reef": "coral reef", "seabed": "underwater", "glacier": "glacier", "arctic": "arctic",
    "antarctica": "antarctica", "tundra": "snowy plain", "rooftop": "rooftop", "rooftops": "rooftop",
    "roof": "rooftop", "mountain top": "mountains", "mountaintop": "mountains", "summit": "mountains",
    "path": "path", "trail": "path", "playground": "playground", "backyard": "garden",
    "yard": "garden", "countryside": "countryside", "tokyo": "city street", "paris": "city street",
    "london": "city street", "venice": "canal", "new york": "city street", "graveyard": "graveyard",
    "cemetery": "graveyard", "battlefield": "battlefield", "arena": "arena", "oasis": "oasis",
    "snowfield": "snowy field", "hall": "hall", "concert hall": "concert hall", "circus": "circus", "zoo": "zoo",
    "skyline": "city", "city skyline": "city", "under water": "underwater", "train station": "station",
    "subway": "station", "aquarium": "aquarium", "greenhouse": "greenhouse", "attic": "attic", "cellar": "cellar",
    "basement": "cellar", "tunnel": "tunnel", "bakery": "bakery", "hospital": "hospital", "gym": "gym",
    "supermarket": "supermarket", "bathroom": "bathroom", "workshop": "workshop", "studio": "studio",
    "balcony": "balcony", "north pole": "arctic", "south pole": "antarctica", "farmyard": "farm", "vale": "valley",
    "lagoon": "lagoon", "fjord": "fjord", "waterfront": "harbour", "pier": "harbour", "dock": "harbour",
    "town square": "town square", "marketplace": "market", "plaza": "town square", "jungle river": "jungle river",
    "river bank": "river shore", "riverbank": "river shore", "lakeside": "lake shore",
    "seashore": "beach",
    "hilltop": "hills", "bamboo forest": "bamboo forest",
    "rice field": "rice field", "wheat field": "wheat field", "corn field": "corn field",
    "flower field": "flower field",
    "football field": "football field", "racetrack": "racetrack", "race track": "racetrack",
    "parking lot": "parking lot",
    "courtyard": "courtyard", "castle courtyard": "courtyard", "ruins": "ruins", "railway": "railway",
    "railroad": "railway", "tracks": "railway", "railway station": "station", "laboratory": "laboratory",
    "lab": "laboratory", "fairground": "fairground", "funfair": "fairground", "carnival": "fairground",
    "amusement park": "fairground", "theme park": "fairground", "lakeshore": "lake shore", "riverside": "river shore",
    "riverbanks": "river shore", "moor": "moor", "creek": "river", "brook": "river", "bog": "swamp",
    "wetland": "swamp", "steppe": "savanna", "gorge": "canyon", "cavern": "cave", "grotto": "cave", "mine": "cave",
    "dungeon": "dungeon", "ballroom": "ballroom", "throne room": "throne room", "nursery": "bedroom",
    "gallery": "museum", "bookshop": "library", "tavern": "tavern", "pub": "pub", "bar": "bar", "diner": "diner",
    "opera": "theatre", "headland": "cliffs", "cove": "bay", "marina": "harbour", "quay": "harbour",
    "cornfield": "corn field", "churchyard": "graveyard", "bazaar": "market", "racecourse": "racetrack",
    "tropical island": "island", "icefield": "ice", "crater": "volcano", "lava": "volcano", "farmland": "farm",
    "grove": "forest", "clearing": "forest", "thicket": "forest", "pasture": "meadow", "lawn": "garden",
    "promenade": "beach", "boulevard": "city street", "platform": "station", "interior": "room",
}  # fmt: skip

HALLS = {
    "castle": "castle hall", "palace": "palace hall", "temple": "temple hall", "church": "church hall",
    "house": "living room", "home": "living room", "cabin": "cabin room", "cottage": "cottage room",
    "hut": "small room", "tower": "tower room", "barn": "barn hall", "cafe": "cafe", "shop": "shop",
    "factory": "factory hall", "restaurant": "restaurant", "tent": "small room",
    "igloo": "small room", "treehouse": "small room",
}  # fmt: skip
"""Things to look at from outside; where one is *in* them, they are places."""

GROUNDS = {
    "moon": "moon",
    "mars": "surface of mars",
    "mountain": "mountains",
    "stadium": "stadium",
    "volcano": "volcano",
    "ruin": "ruins",
    "bridge": "bridge",
    "planet": "planet",
    "water": "lake",
    "roof": "rooftop",
}
"""Things to look at; where one is *on* or *in* them, they are places."""

TIMES = {
    "night": "night", "midnight": "night", "nighttime": "night", "moonlight": "night", "moonlit": "night",
    "starry": "night", "starlight": "night", "dark": "night", "morning": "morning", "dawn": "dawn",
    "sunrise": "sunrise", "daybreak": "dawn", "noon": "noon", "midday": "noon", "day": "day", "daytime": "day",
    "daylight": "day", "afternoon": "afternoon", "evening": "evening", "dusk": "dusk", "twilight": "dusk",
    "sunset": "sunset", "golden hour": "sunset", "tonight": "night", "nightfall": "dusk", "northern lights": "night",
    "aurora": "night", "aurora borealis": "night", "milky way": "night",
    "darkness": "night", "sundown": "sunset",
}  # fmt: skip

WEATHERS = {
    "snow": "snow", "snows": "snow", "snowing": "snow", "snowy": "snow", "snowfall": "snow", "blizzard": "snow",
    "snowstorm": "snow", "winter": "snow", "rain": "rain", "rains": "rain", "raining": "rain", "rainy": "rain",
    "drizzle": "rain", "shower": "rain", "storm": "storm", "stormy": "storm", "thunder": "storm",
    "thunderstorm": "storm", "lightning": "storm", "fog": "fog", "foggy": "fog", "mist": "fog", "misty": "fog",
    "haze": "fog", "hazy": "fog", "wind": "wind", "windy": "wind", "breeze": "wind", "sunny": "clear",
    "sunshine": "clear", "summer": "clear", "clear": "clear", "clear sky": "clear",
    "blue sky": "clear", "bad weather": "rain", "good weather": "clear", "wintry": "snow", "snowflakes": "snow",
    "thunders": "storm", "pouring": "rain", "cloudy": "clouds", "overcast": "clouds",
}  # fmt: skip

SEEN_BELOW = {"city street": "city", "town": "city", "rooftop": "city"}
"""Where one is over them: what is seen of them from there."""

SEASONS = {"autumn": "autumn", "fall": "autumn", "autumnal": "autumn", "spring": "spring", "springtime": "spring",
           "october": "autumn", "november": "autumn"}  # fmt: skip
"""What the land looks like; winter is snow, and summer clear."""

LIGHTS = {"northern lights": "northern lights", "aurora": "northern lights", "aurora borealis": "northern lights",
          "milky way": "milky way"}  # fmt: skip
"""Times of day that are seen in the sky as well, like a weather."""

SHORES = {"sea": "beach", "lake": "lake shore", "river": "river shore"}
"""Where one is beside them."""
