// The medicine grid: a row is saved as a whole.

export class MedicineGrid {
  constructor(editor, autosave) {
    this.editor = editor;
    autosave.register("tr[data-row]", this);
  }

  edit(row) {
    const edit = { op: "medicine", row: Number(row.dataset.row) };
    for (const input of row.querySelectorAll("input")) edit[input.name] = input.value.trim();
    edit.days = edit.days ? Number(edit.days) : null;
    return edit;
  }

  done(row, answer) {
    this.editor.redraw(answer);
  }
}
