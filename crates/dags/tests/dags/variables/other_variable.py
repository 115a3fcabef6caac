from tkinter import Variable


class Settings:
    @classmethod
    def get(cls, key):
        return key


Variable.get("not_a_key")
Settings.get("not_a_key")
os.environ.get("not_a_key")
{"a": 1}.get("not_a_key")
