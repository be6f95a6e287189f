"""The sheet that a patient takes home: made of a signed note, approved byte for byte, shown, printed and sent alike."""
