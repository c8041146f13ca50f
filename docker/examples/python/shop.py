"""A shop as somebody else would have it. It keeps a line for each search and never looks at it again."""
from flask import Flask, jsonify, request

app = Flask(__name__)
ITEMS = {number: {"id": number, "name": f"lamp {number}", "cents": 900 + 7 * number} for number in range(200)}
searches = []


@app.get("/health")
def health():
    return "ok\n"


@app.get("/item/<int:number>")
def item(number: int):
    return jsonify(ITEMS[number % len(ITEMS)])


@app.get("/search")
def search():
    wanted = request.args.get("q", "")
    searches.append(f"{wanted} from {request.remote_addr}")
    return jsonify([one for one in ITEMS.values() if one["name"].endswith(wanted)][:10])
