/* A canvas over the map that is painted anew after each move. */
(function () {
  "use strict";

  /* Whether the page stands, so that painting makes sense: until then all that was painted would be painted again. */
  planner.begun = false;

  /* A canvas that Leaflet moves and stretches with the map; `paint(pen, frame)` fills it. */
  planner.Sheet = L.Renderer.extend({
    initialize: function (paint, options) {
      L.Renderer.prototype.initialize.call(this, options);
      this._paint = paint;
    },

    _initContainer: function () {
      this._container = L.DomUtil.create("canvas", "sheet");
      this._container.setAttribute("aria-hidden", "true");
    },

    _destroyContainer: function () {
      L.DomUtil.remove(this._container);
      delete this._container;
    },

    _updatePaths: function () {},

    _update: function () {
      if (this._map._animatingZoom && this._bounds) { return; }
      L.Renderer.prototype._update.call(this);
      if (!planner.begun) { return; }
      var corner = this._bounds.min, size = this._bounds.getSize(), origin = this._map.getPixelOrigin();
      L.DomUtil.setPosition(this._container, corner);
      this._paint(planner.sized(this._container, size.x, size.y), planner.frame(
        origin.x + corner.x, origin.y + corner.y, Math.pow(2, this._map.getZoom()), size.x, size.y,
        size.multiplyBy(this.options.padding / (1 + 2 * this.options.padding))));
    },

    redraw: function () {
      if (this._map) { this._update(); }
    }
  });
}());
