"""Opens reports of runs in headless Chromium, as a person would: page_test.py HARMONIUM PIPELINES

The demo's report and that of an RBM stand alone, those of two runs side by side: nothing is complained about, nothing
is fetched, curves, pictures and the slider of weights are there and move, and a phone has no need to scroll sideways.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

LEFT, HOME = "\ue012", "\ue011"


class Browser:
    def __init__(self):
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True)
        port = None
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                port = line.split("on port")[1].strip().rstrip(".")
                break
        self.at = f"http://127.0.0.1:{port}/session"
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                            "--window-size=1200,900"]}
        made = self.ask("", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.at += "/" + made["sessionId"]

    def ask(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.at + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, file):
        self.ask("/url", {"url": pathlib.Path(file).as_uri()})
        time.sleep(0.5)

    def run(self, script, *arguments):
        return self.ask("/execute/sync", {"script": script, "args": list(arguments)})

    def complaints(self):
        return [entry["message"] for entry in self.ask("/se/log", {"type": "browser"}) if entry["level"] != "DEBUG"]

    def press(self, element, keys):
        self.ask(f"/element/{next(iter(element.values()))}/value", {"text": keys})

    def width(self, pixels):
        self.ask("/window/rect", {"width": pixels, "height": 900})

    def close(self):
        try:
            self.ask("", method="DELETE")
        finally:
            self.driver.terminate()
            self.driver.wait()


def check(holds, what):
    if not holds:
        raise SystemExit(f"failed: {what}")
    print("ok", what)


def look(browser, file, name, sections):
    browser.open(file)
    check(not browser.complaints(), f"{name}: the console is silent")
    check(browser.run("return performance.getEntriesByType('resource').filter(r => !r.name.startsWith('data:')).length")
          == 0, f"{name}: nothing is fetched")
    found = browser.run("return [...document.querySelectorAll('[data-section]')].map(s => s.dataset.section)")
    for section in sections:
        check(section in found, f"{name}: it has a section '{section}'")
    blank = browser.run("""
        return [...document.querySelectorAll('canvas')].filter(canvas => {
          const all = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
          return !all.some((value, i) => value !== all[i % 4]);
        }).map(canvas => canvas.getAttribute('aria-label'))""")
    check(blank == [], f"{name}: no canvas is blank, {blank}")
    check(browser.run("return [...document.images].every(i => i.complete && i.naturalWidth > 0)"),
          f"{name}: every picture is there")
    browser.width(500)
    check(browser.run("return document.documentElement.scrollWidth <= window.innerWidth"),
          f"{name}: on a phone it is as wide as the screen")
    browser.width(1200)


def main():
    program, pipelines = sys.argv[1:]
    folder = pathlib.Path(tempfile.mkdtemp())
    browser = None

    def run(pipeline, out, *more):
        subprocess.run([program, "run", f"{pipelines}/{pipeline}", "--quiet", "--out", folder / out,
                        "--store", folder / "store", *more], check=True)
        return folder / out / "report.html"

    try:
        demo, rbm = run("digits-dbn.yaml", "demo"), run("digits-rbm.yaml", "rbm")
        other = run("digits-rbm.yaml", "other", "--set", "rbm.epochs=20").parent
        both = folder / "both.html"
        subprocess.run([program, "report", rbm.parent, other, "-o", both], check=True, stdout=subprocess.DEVNULL)
        check(demo.stat().st_size <= 3_000_000, f"the demo's report has {demo.stat().st_size} bytes")

        browser = Browser()
        usual = ["Results", "Graph", "Learning", "Weights as they were learned", "Reconstructions", "Pictures", "Distributions", "Nodes",
                 "Where it comes from"]
        look(browser, demo, "demo", usual)
        look(browser, rbm, "rbm", usual)
        check(browser.run("return document.querySelectorAll('.curve canvas').length") >= 3, "rbm: it has curves")
        slider = browser.run("return document.querySelector('.tiles input')")
        pixels = "const c = document.querySelector('.tiles canvas'); return c.toDataURL()"
        last = browser.run(pixels)
        browser.press(slider, LEFT)
        before = browser.run(pixels)
        browser.press(slider, HOME)
        check(len({last, before, browser.run(pixels)}) == 3, "rbm: the slider goes through the epochs")
        check(browser.run("return document.querySelector('.tiles output').textContent") == "epoch 0",
              "rbm: it says which one is shown")
        browser.run("location.hash = document.querySelector('.graph a').getAttribute('href')")
        time.sleep(0.2)
        check(browser.run("return document.querySelector(location.hash).open"), "rbm: a node of the graph leads to it")

        look(browser, both, "both", ["What differs", "Results side by side", *usual])
        check("rbm.epochs" in browser.run("return document.getElementById('what-differs').textContent"),
              "both: what differs is told")
        browser.run("document.querySelectorAll('button')[1].click()")
        check(browser.run("return document.querySelectorAll('button')[1].getAttribute('aria-pressed')") == "true",
              "both: the other run's details can be chosen")
        check(not browser.complaints(), "both: the console stays silent")
    finally:
        if browser:
            browser.close()
        shutil.rmtree(folder)


main()
