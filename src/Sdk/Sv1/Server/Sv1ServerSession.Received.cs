using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv1;

// What the miner sends.
public sealed partial class Sv1ServerSession
{
    /// <summary>Takes one line.</summary>
    /// <param name="line">The line without its line feed.</param>
    /// <returns>
    /// <see langword="null"/> to go on; otherwise why the connection must be closed, fit for a log: the miner does not speak
    /// this protocol, or sends nothing but what must be refused.
    /// </returns>
    public string? Receive(ReadOnlySpan<byte> line)
    {
        if (!Sv1Line.TryParse(line, out Sv1Line parsed, out string? error))
        {
            string fault = $"a line is {error}{ForeignProtocol.Hint(line)}";
            _writer.Error(default, Sv1Error.Other(fault));
            Flush();
            return fault;
        }
        if (parsed.Kind == Sv1LineKind.Response)
            OnResponse(parsed);
        else
            OnRequest(parsed);
        Flush();
        return _refusals >= _options.RefusalsMax ? $"{_refusals} requests in a row had to be refused" : null;
    }

    private void OnRequest(in Sv1Line request)
    {
        ReadOnlySpan<byte> method = request.Method;
        if (method.SequenceEqual(Sv1Methods.Submit))
            OnSubmit(request);
        else if (method.SequenceEqual(Sv1Methods.Subscribe))
            OnSubscribe(request);
        else if (method.SequenceEqual(Sv1Methods.Authorize))
            OnAuthorize(request);
        else if (method.SequenceEqual(Sv1Methods.Configure))
            OnConfigure(request);
        else if (method.SequenceEqual(Sv1Methods.ExtranonceSubscribe))
            OnExtranonceSubscribe(request);
        else if (method.SequenceEqual(Sv1Methods.SuggestDifficulty))
            OnSuggestDifficulty(request);
        else if (method.SequenceEqual(Sv1Methods.SuggestTarget))
            OnSuggestTarget(request);
        else if (method.SequenceEqual(Sv1Methods.Ping))
            Answer(request, "pong");
        else
            Refuse(request, Sv1Error.Other("method not supported"));
    }

    private void OnConfigure(in Sv1Line line)
    {
        if (!ConfigureRequest.TryRead(line.Params, out ConfigureRequest request, out string? error))
        {
            Refuse(line, Sv1Error.Other(error));
            return;
        }
        if (request.VersionMask is { } wanted)
            AgreeVersionMask(wanted & _options.VersionMask);
        TakesExtranonce |= request.WantsExtranonce;
        if (request.MinimumDifficulty is { } minimum)
        {
            _minimumDifficulty = minimum;
            _ = SetTarget(Target);
        }
        _refusals = 0;
        if (line.Kind == Sv1LineKind.Request)
            _writer.ConfigureResult(line.Id, request, VersionMask, honoursMinimumDifficulty: true);
    }

    private void AgreeVersionMask(uint mask)
    {
        VersionMask = mask;
        _sentVersionMask = mask;
        // A miner that asks late may roll the jobs it has.
        foreach (ref SentJob sent in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_jobs))
            sent.VersionMask = mask & sent.Job.VersionMask;
    }

    private void OnSubscribe(in Sv1Line line)
    {
        SubscribeRequest request = SubscribeRequest.Read(line.Params);
        UserAgent = request.UserAgent;
        if (!_hasExtranonce)
        {
            _waitingSubscribeId = line.Id.ToArray();
            _events.OnSubscribing(this);
            return;
        }
        GrantSubscription(line.Id);
    }

    private void GrantSubscription(ReadOnlySpan<byte> id)
    {
        _writer.SubscribeResult(id, SessionId, Extranonce1.Span, Extranonce2Size);
        Flush();
        _refusals = 0;
        IsSubscribed = true;
        BecomeReady();
    }

    private void OnAuthorize(in Sv1Line line)
    {
        if (!AuthorizeRequest.TryRead(line.Params, out AuthorizeRequest request, out string? fault))
        {
            Refuse(line, Sv1Error.Other(fault));
            return;
        }
        bool isKnown = _workers.Contains(request.User);
        Sv1Error? error = isKnown ? null
            : _workers.Count >= _options.WorkersMax ? Sv1Error.Other($"username: more than {_options.WorkersMax} workers on one connection")
            : _events.OnAuthorize(this, request);
        if (error is not null)
        {
            Refuse(line, error);
            return;
        }
        if (!isKnown)
            _workers.Add(request.User);
        Grant(line);
        Flush();
        BecomeReady();
    }

    private void BecomeReady()
    {
        if (!IsReady || _wasReady)
            return;
        _wasReady = true;
        _events.OnReady(this);
    }

    private void OnExtranonceSubscribe(in Sv1Line line)
    {
        TakesExtranonce = true;
        Grant(line);
    }

    private void OnSuggestDifficulty(in Sv1Line line)
    {
        if (line.Params.Next().TryGetDouble(out double difficulty) && difficulty > 0)
            Suggest(line, Sv1Difficulty.ToTarget(difficulty));
        else
            Refuse(line, Sv1Error.Other("difficulty: not a number above 0"));
    }

    private void OnSuggestTarget(in Sv1Line line)
    {
        // Big-endian, as people write targets; leading zeros may be missing.
        Span<byte> bytes = stackalloc byte[U256.Size];
        if (line.Params.Next().TryGetHex(bytes, out int size) && size > 0)
        {
            bytes[..size].Reverse();
            bytes[size..].Clear();
            Suggest(line, U256.FromWire(bytes));
        }
        else
        {
            Refuse(line, Sv1Error.Other("target: not up to 64 hexadecimal digits"));
        }
    }

    private void Suggest(in Sv1Line line, in U256 target)
    {
        Grant(line);
        Flush();
        _events.OnTargetSuggested(this, target);
    }

    private void OnResponse(in Sv1Line line)
    {
        string version = line.Result.ToString();
        if (line.Result.IsString && version.Length > 0)
            _events.OnVersion(this, version.Length <= SubscribeRequest.TextMax ? version : version[..SubscribeRequest.TextMax]);
    }

    private void Grant(in Sv1Line line)
    {
        _refusals = 0;
        if (line.Kind == Sv1LineKind.Request)
            _writer.Result(line.Id, true);
    }

    private void Answer(in Sv1Line line, string text)
    {
        _refusals = 0;
        if (line.Kind == Sv1LineKind.Request)
            _writer.Result(line.Id, text);
    }

    private void Refuse(in Sv1Line line, Sv1Error error)
    {
        _refusals++;
        if (line.Kind == Sv1LineKind.Request)
            _writer.Error(line.Id, error);
    }
}
