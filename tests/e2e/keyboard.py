"""Hands on a keyboard, and no mouse: whatever gets the focus must show it."""

import re

from tests.factories import PASSWORD

MOST_STOPS = 120
# Where the focus is, and what is wrong with it.
STOP = """() => {
  const focused = document.activeElement;
  const box = focused.getBoundingClientRect();
  const style = getComputedStyle(focused);
  const faults = [];
  if (focused === document.body) faults.push("nothing has the focus");
  const isOutlined = (each) => getComputedStyle(each).outlineStyle !== "none" && parseFloat(getComputedStyle(each).outlineWidth) > 0;
  const framed = [focused, ...(focused.labels || [])].some(isOutlined) || style.boxShadow !== "none";
  if (!framed) faults.push("the focus does not show");
  if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) faults.push("the focus is out of sight");
  else {
    const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1);
    const y = Math.min(Math.max(box.top + Math.min(box.height, innerHeight) / 2, 0), innerHeight - 1);
    const above = document.elementFromPoint(x, y);
    const itsOwn = above && (focused.contains(above) || above.contains(focused) || [...(focused.labels || [])].some((label) => label.contains(above)));
    if (!itsOwn) faults.push("something lies over the focus");
  }
  return faults.map((fault) => `${fault}: ${focused.outerHTML.slice(0, 160)}`);
}"""


class Keyboard:
    """`person` is at a page; from here on nothing but keys."""

    def __init__(self, person):
        self.person = person
        self.page = person.page
        # The browser holds its file dialogs back from the first listener on, and not at once.
        self.page.on("filechooser", lambda chooser: None)

    def comes_in(self, email, page="/connexion/"):
        self.person.go(page)
        self.person.look()
        self.type_in("Adresse e-mail", email)
        self.type_in("Mot de passe", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/connexion/" not in url)

    def reads(self, text):
        """The text, on a page that is then judged."""
        self.person.reads(text)
        self.person.look()

    def tab_to(self, control):
        """Tab until this control has the focus; every stop on the way is judged."""
        control.wait_for()
        wanted = control.element_handle()
        for _ in range(MOST_STOPS):
            if wanted.evaluate("wanted => wanted === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
            if not self.page.evaluate("document.activeElement === document.body"):
                self.sees_the_focus()
        raise AssertionError(f"{control} cannot be reached with the Tab key")

    def sees_the_focus(self):
        faults = self.page.evaluate(STOP)
        assert not faults, f"{self.page.url}: {faults}"

    def back_to(self, control):
        """The same, backwards."""
        self.page.keyboard.press("Shift+Tab")
        self.sees_the_focus()
        assert control.evaluate("control => control === document.activeElement")

    def type_in(self, label, text):
        self.tab_to(self.page.get_by_label(label, exact=True))
        self.page.keyboard.type(text)

    def follow(self, name):
        self.press_on("link", name, "Enter")

    def press(self, name):
        self.press_on("button", name, "Enter")

    def press_on(self, role, name, key):
        self.tab_to(self.page.get_by_role(role, name=named(name)).first)
        self.page.keyboard.press(key)

    def tick(self, name):
        self.press_on("checkbox", name, "Space")

    def choose(self, group, choice):
        """The arrows go through the choices of a group; the first one gets the focus by the Tab key."""
        radios = self.page.get_by_role("group", name=group).get_by_role("radio")
        self.tab_to(radios.first)
        self.page.keyboard.press("Space")
        wanted = self.page.get_by_role("radio", name=choice)
        for _ in range(radios.count()):
            if wanted.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{choice} cannot be chosen with the arrows")

    def send_file(self, label, path):
        self.tab_to(self.page.get_by_label(label, exact=True))
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Space")
        chooser.value.set_files(path)

    def download(self, name):
        """The file behind a link. A loaded machine may take its time to draw a PDF."""
        with self.page.expect_download(timeout=120_000) as download:
            self.follow(name)
        assert self.page.evaluate("document.activeElement !== document.body")
        return download.value.path()


def named(name):
    """What a control is called begins so."""
    return re.compile(f"^{re.escape(name)}") if isinstance(name, str) else name
