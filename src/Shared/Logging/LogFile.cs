using System.Text;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Parsing;

namespace MiniBatch.Shared.Logging;

/// <summary>
/// A node's log file, a line an event. It never decides how a run ends: a line that can't be written (the disk is full, the volume
/// has gone) is lost, and the first that can be again is preceded by one that counts the lost. Every line is
/// written at once and whole, so closing has nothing to write that could fail, and only a crash or a full disk tears one.
/// </summary>
/// <remarks>Not Serilog's file sink: that one throws from <c>Dispose</c> when the disk is full, over the program's own reason.</remarks>
public sealed class LogFile : ILogEventSink, IDisposable
{
    private static readonly MessageTemplate Lost = new MessageTemplateParser().Parse("{lines} lines before this one could not be written: {problem:l}");

    private readonly Lock _gate = new();
    private readonly Func<Stream> _open;
    private readonly Action? _setAside;
    private readonly long _bytesMax;
    private readonly ITextFormatter _formatter;
    private Stream? _stream;
    private bool _isTorn;
    private int _lostCount;
    private string _problem = "";
    private bool _isDisposed;

    /// <summary>Full files that are kept beside the one that is written to.</summary>
    public const int FullKept = 4;

    /// <summary>Appends to a file, which is made at the first line, and its folder with it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="formatter">Writes an event as a line, with its end.</param>
    /// <param name="bytesMax">A file that has so many bytes is full: it is set aside (<see cref="LogFileNames"/>), and another begun.</param>
    public LogFile(string path, ITextFormatter formatter, long bytesMax)
        : this(() => Open(path), formatter)
    {
        _bytesMax = bytesMax;
        _setAside = () => SetAside(path);
    }

    /// <summary>Appends to a stream.</summary>
    /// <param name="open">Opens it; called again where it failed or a write did.</param>
    /// <param name="formatter">Writes an event as a line, with its end.</param>
    public LogFile(Func<Stream> open, ITextFormatter formatter)
    {
        _open = open;
        _formatter = formatter;
    }

    /// <inheritdoc />
    public void Emit(LogEvent logEvent)
    {
        lock (_gate)
        {
            if (_isDisposed) return;
            try
            {
                _stream ??= OpenAtEnd();
                if (_lostCount > 0) Write(CountOfLost(logEvent));
                _lostCount = 0;
                Write(logEvent);
                if (_setAside is not null && _stream!.Length >= _bytesMax)
                {
                    Close();
                    SetAside();
                }
            }
            catch (Exception e) when (IsOfTheDisk(e))
            {
                _lostCount++;
                _problem = e.Message;
                Close();
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            Close();
        }
    }

    private static FileStream Open(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
    }

    /// <summary>Where that fails, the file grows on: its lines are written.</summary>
    private void SetAside()
    {
        try
        {
            _setAside!();
        }
        catch (Exception e) when (IsOfTheDisk(e))
        {
            // Another try after the next line.
        }
    }

    private static void SetAside(string path)
    {
        var full = LogFileNames.FullOf(path);
        File.Move(path, LogFileNames.Full(path, full.Count > 0 ? full[^1] + 1 : 1));
        foreach (var number in full.SkipLast(FullKept - 1)) File.Delete(LogFileNames.Full(path, number));
    }

    private Stream OpenAtEnd()
    {
        var stream = _open();
        // A process that was killed, or a disk that was full, may have left half a line.
        _isTorn = stream is { CanSeek: true, Length: > 0 } && stream.Seek(-1, SeekOrigin.End) >= 0 && stream.ReadByte() != '\n';
        return stream;
    }

    private void Write(LogEvent logEvent)
    {
        var line = new StringWriter();
        if (_isTorn) line.Write('\n');
        _formatter.Format(logEvent, line);
        // Where it ends now: another process of this node's name may have written, or somebody may have cut it off.
        if (_stream!.CanSeek) _stream.Seek(0, SeekOrigin.End);
        _stream.Write(Encoding.UTF8.GetBytes(line.ToString()));
        _isTorn = false;
    }

    /// <summary>As of the node and run that the next line is of. Not through the logger, which would be here again.</summary>
    private LogEvent CountOfLost(LogEvent next)
    {
        var line = new LogEvent(
            next.Timestamp, NodeEvents.LogLinesLost.Level, null, Lost,
            [
                .. next.Properties.Where(property => property.Key is "run" or "node" or "role").Select(property => new LogEventProperty(property.Key, property.Value)),
                new LogEventProperty("lines", new ScalarValue(_lostCount)), new LogEventProperty("problem", new ScalarValue(_problem)),
            ]);
        NodeEvents.LogLinesLost.Enrich(line);
        return line;
    }

    private void Close()
    {
        try
        {
            _stream?.Dispose();
        }
        catch (Exception e) when (IsOfTheDisk(e))
        {
            // Whatever ended the program has said so; if nothing did, a log that lacks its end is no reason to fail.
        }
        _stream = null;
    }

    private static bool IsOfTheDisk(Exception e) => e is IOException or UnauthorizedAccessException;
}
