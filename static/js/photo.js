// Makes a large photo smaller before it is sent, so that it arrives over a slow line and under every limit; and without the place
// and time that it carries. A file that this browser cannot read is sent as it is, unless it is too large for the site. Without
// this file so is every photo.
"use strict";

(function () {
  // The site keeps 1600 pixels; some more leave it something to choose from.
  const LONGEST_SIDE = 2400;
  const SMALL_ENOUGH = 1500000;

  async function smaller(file) {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(image.width * scale));
    canvas.height = Math.max(1, Math.round(image.height * scale));
    const pen = canvas.getContext("2d");
    // What is transparent would become black.
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.imageSmoothingQuality = "high";
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    image.close();
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.88));
    return blob && blob.size < file.size ? new File([blob], "photo.jpg", { type: "image/jpeg" }) : file;
  }

  function start(field) {
    const refusal = document.createElement("div");
    refusal.className = "errorlist";
    refusal.setAttribute("role", "alert");
    field.before(refusal);
    let work = null;

    function refuse(words) {
      refusal.textContent = words;
    }

    async function prepare(file) {
      const made = await smaller(file).catch(() => file);
      // Another file may have been chosen meanwhile.
      if (field.files[0] !== file) {
        return;
      }
      if (made.size > Number(field.dataset.most || Infinity)) {
        field.value = "";
        refuse(field.dataset.tooLarge);
      } else if (made !== file) {
        const list = new DataTransfer();
        list.items.add(made);
        field.files = list.files;
      }
    }

    field.addEventListener("change", () => {
      refuse("");
      const file = field.files[0];
      if (!file || file.size <= SMALL_ENOUGH) {
        work = null;
        return;
      }
      const mine = prepare(file).finally(() => {
        if (work === mine) {
          work = null;
        }
      });
      work = mine;
    });
    field.form.addEventListener("submit", (event) => {
      if (work) {
        event.preventDefault();
        const button = event.submitter;
        // Where the photo was refused the words about it should be read before anything is sent.
        work.then(() => refusal.textContent || field.form.requestSubmit(button));
      }
    });
  }

  if (window.createImageBitmap && window.DataTransfer) {
    document.querySelectorAll("input[type=file][accept^=image]").forEach(start);
  }
})();
