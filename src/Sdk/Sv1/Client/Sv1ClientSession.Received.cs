namespace Sv1;

// What the server sends.
public sealed partial class Sv1ClientSession
{
    private const int JobsMax = 64;

    /// <summary>Takes one line.</summary>
    /// <param name="line">The line without its line feed.</param>
    /// <returns><see langword="null"/> to go on; otherwise why the connection must be closed, fit for a log.</returns>
    public string? Receive(ReadOnlySpan<byte> line)
    {
        if (!Sv1Line.TryParse(line, out Sv1Line parsed, out string? error))
            return $"a line is {error}{ForeignProtocol.Hint(line)}";
        if (parsed.Kind == Sv1LineKind.Response)
            OnResponse(parsed);
        else
            OnMethod(parsed);
        Flush();
        return null;
    }

    private void OnMethod(in Sv1Line line)
    {
        ReadOnlySpan<byte> method = line.Method;
        if (method.SequenceEqual(Sv1Methods.Notify))
            OnNotify(line);
        else if (method.SequenceEqual(Sv1Methods.SetDifficulty))
            OnSetDifficulty(line);
        else if (method.SequenceEqual(Sv1Methods.SetExtranonce))
            OnSetExtranonce(line);
        else if (method.SequenceEqual(Sv1Methods.SetVersionMask))
            OnSetVersionMask(line);
        else if (method.SequenceEqual(Sv1Methods.Reconnect))
            _events.OnReconnect(ReconnectMessage.Read(line.Params));
        else if (method.SequenceEqual(Sv1Methods.ShowMessage))
            _events.OnMessage(line.Params.Next().ToString());
        else if (method.SequenceEqual(Sv1Methods.GetVersion))
            _writer.Result(line.Id, _options.UserAgent);
        else if (method.SequenceEqual(Sv1Methods.Ping))
            _writer.Result(line.Id, "pong");
        else if (line.Kind == Sv1LineKind.Request)
            _writer.Error(line.Id, Sv1Error.Other("method not supported"));
    }

    private void OnNotify(in Sv1Line line)
    {
        if (!NotifyMessage.TryRead(line.Params, out NotifyMessage? message, out string? error))
        {
            _events.OnViolation($"mining.notify: {error}");
            return;
        }
        if (message.CleanJobs)
            _jobs.Clear();
        _jobs.Remove(message.JobId);
        if (_jobs.Count == JobsMax)
            _jobs.RemoveAt(0);
        _jobs.Add(message.JobId);
        _message = message;
        Renew();
    }

    private void OnSetDifficulty(in Sv1Line line)
    {
        // For the jobs to come; the present work stays as it was made.
        if (line.Params.Next().TryGetDouble(out double difficulty) && difficulty > 0)
            _difficulty = difficulty;
        else
            _events.OnViolation("mining.set_difficulty: not a number above 0");
    }

    private void OnSetExtranonce(in Sv1Line line)
    {
        // For the jobs to come as well.
        if (SubscribeResult.TryReadPair(line.Params, out SubscribeResult subscription, out string? error))
            _subscription = subscription;
        else
            _events.OnViolation($"mining.set_extranonce: {error}");
    }

    private void OnSetVersionMask(in Sv1Line line)
    {
        if (!line.Params.Next().TryGetHexUInt32(out uint mask))
        {
            _events.OnViolation("mining.set_version_mask: not up to 8 hexadecimal digits");
            return;
        }
        // Valid for the present job at once (BIP 310).
        _versionMask = mask & _options.VersionMask;
        Renew();
    }

    private void OnResponse(in Sv1Line line)
    {
        if (!TryParseId(line.Id, out long id) || !_pending.Remove(id, out Request request))
        {
            _events.OnViolation("an answer to a request that was not made");
            return;
        }
        switch (request)
        {
            case Request.Configure:
                OnConfigured(line);
                break;
            case Request.Subscribe:
                OnSubscribed(line);
                break;
            case Request.Authorize:
                OnAuthorized(line);
                break;
            case Request.Share:
                OnShareAnswered(id, line);
                break;
        }
    }

    private void OnConfigured(in Sv1Line line)
    {
        bool isGranted = line.Result.Member("version-rolling"u8).IsTrue;
        if (isGranted && line.Result.Member("version-rolling.mask"u8).TryGetHexUInt32(out uint mask))
            _versionMask = mask & _options.VersionMask;
    }

    private void OnSubscribed(in Sv1Line line)
    {
        if (!line.Error.IsNull || !SubscribeResult.TryRead(line.Result, out SubscribeResult subscription, out string? fault))
        {
            _events.OnRefused("mining.subscribe", line.Error.IsNull ? Sv1Error.Other("the answer is malformed") : Words(line.Error));
            return;
        }
        _subscription = subscription;
        _writer.Authorize(Next(Request.Authorize), _options.User, _options.Password);
        if (_options.TakesExtranonce)
            _writer.ExtranonceSubscribe(Next(Request.Other));
        if (_options.SuggestedDifficulty is { } difficulty)
            _writer.SuggestDifficulty(Next(Request.Other), difficulty);
    }

    private void OnAuthorized(in Sv1Line line)
    {
        IsAuthorized = line.Error.IsNull && line.Result.IsTrue;
        if (IsAuthorized)
            _events.OnAuthorized();
        else
            _events.OnRefused("mining.authorize", line.Error.IsNull ? Sv1Error.Unauthorized : Words(line.Error));
    }

    private void OnShareAnswered(long id, in Sv1Line line)
    {
        _pendingShares--;
        if (line.Error.IsNull && line.Result.IsTrue)
        {
            Accepted++;
            _events.OnShareAccepted(id);
            return;
        }
        Rejected++;
        _events.OnShareRejected(id, line.Error.IsNull ? Sv1Error.Other("refused without a reason") : Words(line.Error));
    }

    private void Renew()
    {
        if (_message is null || !IsSubscribed)
            return;
        Work = new Sv1Work(_message, _subscription.Extranonce1, _subscription.Extranonce2Size, _difficulty, _versionMask);
        _events.OnWork(Work);
    }

    /// <summary>Reads an error: <c>[code, message, …]</c>, an object with these members, or just a text.</summary>
    private static Sv1Error Words(Sv1Value error)
    {
        if (error.IsArray)
        {
            Sv1Values elements = error.Items;
            _ = elements.Next().TryGetInt32(out int code);
            return new Sv1Error(code, elements.Next().ToString());
        }
        _ = error.Member("code"u8).TryGetInt32(out int number);
        return new Sv1Error(number, error.IsObject ? error.Member("message"u8).ToString() : error.ToString());
    }
}
