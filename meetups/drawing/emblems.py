"""Emblems for drawn covers: one line drawing for each kit of the shelf. Pure geometry, no Django.

Each is an SVG path in a box of 48 by 48, drawn with a line and not filled.
"""

EMBLEMS = {
    "door": "M14 44V6h20v38M8 44h32M29 26v2M19 12h10v8H19z",
    "coin": "M24 6a18 18 0 1 0 0 36a18 18 0 1 0 0-36M24 12a12 12 0 1 0 0 24a12 12 0 1 0 0-24M24 18v12",
    "candle": "M18 44V22h12v22zM12 44h24M24 22v-4M24 4c5 6 5 13 0 14c-5-1-5-8 0-14z",
    "wave": "M4 18q5-8 10 0t10 0t10 0t10 0M4 28q5-8 10 0t10 0t10 0t10 0M4 38q5-8 10 0t10 0t10 0t10 0",
    "roof": "M4 24L24 6l20 18M10 20v24h28V20M20 44V30h8v14",
    "hammer": "M8 8h24v10H8zM32 10q8 0 8 7q-4-3-8-1M18 18h6v26h-6z",
    "pot": "M8 20h32v14q0 8-8 8H16q-8 0-8-8zM4 24h4M40 24h4M6 20h36M18 14q-3-4 0-8M30 14q-3-4 0-8",
    "star": "M24 4v40M4 24h40M10 10l28 28M38 10L10 38",
    "book": "M24 14q-8-6-20-4v28q12-2 20 4q8-6 20-4V10q-12-2-20 4zM24 14v28",
    "street": "M14 44L20 4M34 44L28 4M24 8v5M24 19v6M24 31v8M4 30h8M36 30h8M6 18h8M34 18h8",
    "suitcase": "M4 14h40v28H4zM16 14V6h16v8M12 14v28M36 14v28",
    "tree": "M24 44V22M24 34l8-8M24 30l-8-8M24 4a14 14 0 0 0-8 25M24 4a14 14 0 0 1 8 25M14 44h20",
    "dice": "M8 8h32v32H8zM16 16v.1M24 24v.1M32 32v.1M16 32v.1M32 16v.1",
    "onion": "M24 12q-20 8-16 22q4 8 16 8t16-8q4-14-16-22zM24 12q-2-4-6-8M24 12q2-4 5-8M24 12q-9 12-6 29M24 12q9 12 6 29",
    "spoon": "M16 4q-8 0-8 10t8 10q8 0 8-10t-8-10zM16 24v20M34 4v40M28 4v10q0 6 6 6t6-6V4",
    "seed": "M24 44V26M24 26q-14 0-14-14q14 0 14 14zM24 20q0-12 14-14q0 14-14 14M10 44h28",
    "leaf": "M10 40Q4 10 40 8q2 34-30 32zM10 40L30 18M18 31v-9M22 27h9",
}
