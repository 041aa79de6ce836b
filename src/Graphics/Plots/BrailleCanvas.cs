namespace MiniBatch.Graphics.Plots;

/// <summary>A grid of characters of 2 × 4 dots each, every dot with the number of who set it last in its character.</summary>
internal sealed class BrailleCanvas(int columns, int rows)
{
    private const char Blank = '\u2800';

    // Unicode's order: dots 1 to 3 and 7 to the left, 4 to 6 and 8 to the right.
    private static readonly int[,] Bits = { { 0x01, 0x02, 0x04, 0x40 }, { 0x08, 0x10, 0x20, 0x80 } };

    private readonly int[,] _dots = new int[columns, rows];
    private readonly int[,] _owner = new int[columns, rows];

    public int DotsAcross => columns * 2;

    public int DotsUp => rows * 4;

    /// <summary>Who set a dot of this character last, −1 for nobody.</summary>
    public int OwnerAt(int column, int row) => _dots[column, row] == 0 ? -1 : _owner[column, row];

    public char CharacterAt(int column, int row) => _dots[column, row] == 0 ? ' ' : (char)(Blank + _dots[column, row]);

    /// <summary>Sets the dots between two points of the unit square, whose lower left is (0, 0).</summary>
    public void Line(PlotPoint from, PlotPoint to, int owner)
    {
        var (dx, dy) = ((to.X - from.X) * (DotsAcross - 1), (to.Y - from.Y) * (DotsUp - 1));
        var steps = (int)Math.Ceiling(Math.Max(Math.Abs(dx), Math.Abs(dy)));
        for (var i = 0; i <= steps; i++)
        {
            var way = steps == 0 ? 0 : (double)i / steps;
            Dot(new PlotPoint(from.X + ((to.X - from.X) * way), from.Y + ((to.Y - from.Y) * way)), owner);
        }
    }

    private void Dot(PlotPoint place, int owner)
    {
        var x = (int)Math.Round(place.X * (DotsAcross - 1));
        var y = DotsUp - 1 - (int)Math.Round(place.Y * (DotsUp - 1));
        _dots[x / 2, y / 4] |= Bits[x % 2, y % 4];
        _owner[x / 2, y / 4] = owner;
    }
}
