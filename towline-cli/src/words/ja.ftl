# 日本語。
# 文は一行に書く。改行は空白になる。

prefix-error = エラー:
prefix-meaning = 意味:
prefix-hint = ヒント:
prefix-warning = 警告:
prefix-alarm = 重大な警告:
prefix-status = 状態:
prefix-command = コマンド:
prefix-response = レスポンス:

resolving = { $host } のアドレスを解決しています
connecting = { $address } に接続しています...
awaiting-welcome = 接続を確立しました。ウェルカムメッセージを待っています...
initializing-tls = TLS を初期化しています...
verifying-certificate = 証明書を検証しています...
tls-established = TLS 接続を確立しました ({ $protocol }, { $cipher })
logged-in = ログインしました
retrieving-listing = ディレクトリ一覧を取得しています...
retrieving-listing-of = 「{ $path }」のディレクトリ一覧を取得しています...
listing-successful = ディレクトリ一覧を取得しました
listing-of-successful = 「{ $path }」のディレクトリ一覧を取得しました
data-in-clear-text = データ接続は暗号化されていません（平文）
data-connection = データ接続: { $session ->
        [control] 制御接続の TLS セッションを再利用
        [data] 以前のデータ接続の TLS セッションを再利用
        [resumed] TLS セッションを再利用
        [none] TLS セッションの再利用なし（提示できるセッションがない）
       *[refused] TLS セッションの再利用なし（提示したが、サーバーが受け入れなかった）
    } ({ $protocol }, { $cipher }, { $certificate ->
        [same] 証明書は制御接続と同じ
       *[other] 証明書は制御接続と異なる
    })
starting-download = { $path } のダウンロードを開始します
starting-upload = { $path } のアップロードを開始します
data-refused = データ接続が拒否されました: { $reason }
trying-again = 再試行します: { $step }
another-ticket = 別のチケットを使います
new-connection = 新しい制御接続を開きます
new-connection-tls12 = TLS 1.2 で新しい制御接続を開きます
waiting-to-retry = 再試行を待っています...（{ $seconds } 秒後に { $attempt } 回目）
greeting-late = ウェルカムメッセージを待っています: サーバーから { $seconds } 秒間何も届いていません
stray-reply = { $command } への応答の前に届いた、どのコマンドのものでもない応答を無視します: { $reply }
waiting-for-address = { $what } のアドレスをまだ検索しています
waiting-for-connection = { $what } にまだ接続しています
waiting-for-tls = TLS ハンドシェイクでサーバーをまだ待っています
waiting-for-reply = { $what } への応答をまだ待っています
waiting-for-listing = 一覧の終わりをまだ待っています（{ $what }）
waiting-for-data = まだ待っています: データが { $seconds } 秒間動いていません（{ $what }）
downgrading = サーバーが TLS 1.3 のデータ接続を受け入れないため、TLS 1.2 を試します。経路上の攻撃者にもこれは可能です。--tls-min 1.3 で防げます
downgrading-by-own-choice = TLS 1.3 のセッションを再開したデータ接続がなく、再開していない接続をこのプログラムは使わないため、TLS 1.2 を試します。経路上の攻撃者にもこれは可能です。--tls-min 1.3 で防げます
clear-text = 平文: { $reason }
trusted-on-first-use = 初めて使うため { $server } を信頼します: { $fingerprint }
trusted-on-first-use-issued = 初めて使うため { $server } を信頼します: { $fingerprint }（発行者 { $issuer }）

what-it-means = 意味
why = 原因
what-to-do = 対処
with-towline = towline の場合
where-the-fault-lies = 問題のある側
for-the-administrator = サーバー管理者向けの設定
also-points-to = このテキストから、次の可能性も考えられます:
part = { $title }: { $text }
side-server = サーバーまたはその設定
side-client = 接続するプログラムまたはその設定
side-network = 両者の間のネットワーク
side-account = サーバー上のアカウント
side-computer = このコンピューター
nothing-known = このテキストには既知の内容がありません。スタックトレース全体、前後のサーバーの応答、または towline doctor を試してください
only-the-code = この文言は登録されていません。応答コード（{ $code }、{ $source }）から分かる意味: { $meaning }。

doctor-logs-in = { $server } を調べます。doctor は最大 { $count } 回ログインします。
doctor-stays-out = { $server } を調べます。ユーザー名またはパスワードがないため、doctor はログインしません。
doctor-lists = 一覧を取得するだけで、何も変更しません。
doctor-writes = { $directory } の下に書き込み、書き込んだものは削除します。
doctor-takes-long = 各種の上限を調べるため、さらに最大 5 分かかります。

verdict-good = 正常
verdict-warning = 警告
verdict-failed = 失敗
verdict-skipped = 省略

diagnosis = 診断
everything-works = 調べた項目はすべて正常です。
works-with-warnings = すべて動作しますが、{ $count } 個の手順に警告があります。
steps-failed = { $count } 個の手順が失敗しました。
severity-note = 情報
severity-warning = 警告
severity-error = エラー
for-config-file = config.toml 用の設定

explain-left-out = テキストが長いため、先頭と末尾の間の { $size } は読んでいません

hint-file-to-explain = ファイルの内容を説明するには、標準入力で渡してください: towline explain < FILE
hint-resume = 同じコマンドに --resume を付けると、続きから再開します
hint-already-exists = 既存のファイルを置き換えるには、--no-clobber を外してください
hint-another-way = サーバーは別の方法で TLS を開始するのかもしれません。ftpes:// はポート 21 でコマンドにより、ftps:// はポート 990 で直ちに開始します。-vv でやりとりを表示できます
hint-timeout = サーバーまたはファイアウォールが応答しません。--timeout で待ち時間を延ばせます。-vv で、止まった箇所が分かります
hint-paths-of-site = パスはサイトの path からの相対パスです。SITE:/path は絶対パスです
hint-paths = パスはログインディレクトリからの相対パスです。ftpes://host//path は絶対パスです
hint-target-changed = 再試行の前にファイルを確認してください。変更されていますが、完全ではありません
hint-safe-to-retry = 最終的な名前では何も保存されていません。安全に再試行できます
hint-same-end = 最終的な名前では何も保存されていません。再試行しても同じ結果になります
hint-certificate-changed = サーバーの所有者が新しい証明書を確認したら、次を実行してください: { $command }
hint-reuse-resumed = データ接続はセッションを再利用しましたが、それでもサーバーが拒否しました。どのオプションも役に立ちません。管理者がサーバーのログで理由を調べられます。towline doctor でサーバーを調べることもできます
hint-reuse-early = Towline はすべてのデータ接続で再利用を提示しますが、サーバーはハンドシェイクが終わる前にこの接続を拒否したため、オプションでは解決しません。理由はサーバーのログで確認してください
hint-reuse-off = このサーバーでは、すべてのデータ接続で制御接続の TLS セッションを再利用する必要があります。--session-reuse off を外してください
hint-reuse-require = --session-reuse require は、再利用しないデータ接続を受け入れません。サーバーが再利用を必須としないなら、auto で接続できます
hint-reuse-tls13 = 新しいチケットと新しい制御接続を試しました。--tls-min 1.2 で TLS 1.2 も許可できます。TLS 1.3 では再利用しなくても、TLS 1.2 では再利用するサーバーがあります
hint-reuse-tried = 設定で許された回復手段はすべて試しました。-vv でサーバーの応答を表示できます
hint-reuse-tried-tls13 = 設定で許された回復手段はすべて試しました。このサーバーで以前に TLS 1.3 のセッションを再利用できていた場合、TLS 1.2 は試していません。--tls-max 1.2 を指定するか、towline trust remove HOST:PORT でこのサーバーの記録を消すと試します。-vv でサーバーの応答を表示できます
hint-on-data = 制御接続の TLS は正常なので、ポートと TLS の方式は正しいです。-vv で、データ接続で何が起きたかを表示できます
hint-proxy-closed = プロキシのアドレスでは何も待ち受けていません。--proxy を確認してください
hint-refused-after-login = サーバーは以前の接続を受け入れましたが、この接続は拒否しています。後でもう一度試してください
hint-data-port-closed = ログインはできたので、ホスト名とポートは正しいです。ファイアウォールがサーバーのパッシブポートを遮断しているかもしれません。--active では逆方向に接続します
hint-data-in-clear = サーバーは TLS（PROT P）に同意したのに、平文で送っています。サーバーの所有者が直す必要があります。-vv でやりとりを表示できます

# 応答コードだけから分かる意味。

code-332 = サーバーはユーザー名とパスワードのほかにアカウント（ACCT）を求めている
code-421 = サーバーが制御接続を閉じる、または利用できない
code-425 = データ接続を開けない
code-426 = データ接続が閉じられ、転送が途中で終わった
code-430 = ユーザー名またはパスワードが違う（いくつかのサーバーで見られる）
code-431 = 接続の保護に必要なものがサーバーにない
code-434 = 指定されたホストは利用できない
code-450 = ファイルが使用中、または今は操作できない
code-451 = 操作の途中でサーバーに障害が起きた
code-452 = サーバーに空き容量がない
code-500 = サーバーがコマンドを認識しない
code-501 = サーバーがパラメーターを理解しない
code-502 = サーバーはこのコマンドを実装していない
code-503 = コマンドの順序が正しくない
code-504 = サーバーはこのパラメーターを実装していない
code-521 = この保護レベル（PROT）ではデータ接続を開けない
code-522 = サーバーがデータ接続に TLS またはセッションの再利用を求めている、またはこのネットワークプロトコルに対応していない
code-530 = ログインしていない、またはログインが拒否された
code-532 = ファイルの保存にはアカウント（ACCT）が必要
code-533 = この保護レベルではサーバーがコマンドを拒否する
code-534 = サーバーの方針で許可されない。通常は TLS またはデータの保護が必要
code-535 = セキュリティ検査に失敗した
code-536 = サーバーはこの保護レベルに対応していない
code-537 = この保護レベルではコマンドに対応していない
code-550 = ファイルまたはディレクトリがない、または使用できない
code-551 = ページの種類が不明
code-552 = 割り当て容量を使い切った
code-553 = このファイル名は使えない
code-554 = REST の位置が正しくない
code-555 = 型または構造が正しくない
code-556 = この型ではコマンドに対応していない

# 説明。id は explain/catalogue と同じ。

-no-reuse-pure-ftpd = 変更は不要。セッションの再利用を要求することはない
-no-reuse-filezilla = バージョン 1: 常に必須で、設定はない。バージョン 0.9: "Require TLS session resumption on data connection when using PROT P" のチェックを外す
-no-reuse-iis = 変更は不要。この要求はない

finding-connection-refused = このポートでは何も待ち受けていません
    .meaning = 相手のコンピューターは応答しますが、このポートで接続を受け付けるサーバーがありません。
    .cause = FTP サーバーが動作していない、別のポートで待ち受けている、またはこの方式の TLS を提供していません。ポート 990 は暗黙的（implicit）TLS、ポート 21 は明示的（explicit）TLS 用です。ファイアウォールが拒否することもあります。
    .cure = ポート 990 が拒否されたら、ポート 21 で明示的 TLS を試してください。逆の場合も同様です。それでもだめなら、正しいポートを問い合わせてください。
    .hint = そこでは何も待ち受けていません。ftps:// はポート 990（暗黙的 TLS）、ftpes:// はポート 21（明示的 TLS）を使います。サーバーがどちらを提供しているか、ポートは何番かを確認してください
    .vsftpd = listen_port=21。または 2 つ目のインスタンスで implicit_ssl=YES と listen_port=990
    .proftpd = Port 21。または <VirtualHost> で Port 990 と TLSOptions UseImplicitSSL
    .pure-ftpd = --bind ,21 または --bind ,990（990 は暗黙的 TLS）
    .filezilla = Server listeners: ポート 21（明示的）または 990（暗黙的 FTP over TLS）を追加する
    .iis = サイト バインド: ポート 21（明示的）または 990（暗黙的）
    .aws = ポート 21 の明示的 TLS のみ

finding-connect-timed-out = サーバーが接続に応答しません
    .meaning = 接続は受け入れられも拒否されもしませんでした。パケットが失われたか、破棄されています。
    .cause = ファイアウォールが破棄している、アドレスが間違っているかプライベートアドレスである、またはサーバーが停止しています。
    .cure = ホスト名とポート、およびファイアウォールでこのコンピューターを許可する必要があるかを確認してください。
    .hint = ホスト名とポートを確認してください。途中にファイアウォールがあるかもしれません。--timeout で待ち時間を延ばせます

finding-connecting-failed = 接続できませんでした。このテキストからは理由が分かりません
    .meaning = セッションを開始できませんでした。理由はログの別の行か、例外の原因（Caused by）にあります。
    .cause = よくある原因: ホスト名やポートの誤り、ファイアウォール、暗黙的 TLS のサーバーに明示的 TLS で接続した（またはその逆）、信頼されていない証明書、ログインの拒否。
    .cure = その前の行、または原因を含むスタックトレース全体を貼り付けてください。towline doctor でサーバーを調べることもできます。

finding-auth-refused = サーバーが明示的 TLS を拒否しています
    .meaning = サーバーはこのポートで AUTH TLS を認識しないか、受け入れません。このままでは接続は平文になります。
    .cause = サーバーで TLS が有効になっていないか、別のポート（暗黙的 TLS、通常は 990）でのみ有効です。FTP を検査するファイアウォールやプロキシが AUTH を遮断することもあります。
    .cure = ポート 990 で暗黙的 TLS を試してください。それでもだめなら、管理者が TLS を有効にする必要があります。通常の FTP に切り替えてはいけません。パスワードとすべてのファイルが途中で読み取られるおそれがあります。
    .hint = ftps:// はポート 990 で直ちに TLS を開始します。--tls off では、パスワードを含むすべてが平文で送られます
    .vsftpd = ssl_enable=YES、rsa_cert_file=...、rsa_private_key_file=...
    .proftpd = TLSEngine on、TLSRSACertificateFile ...、TLSRSACertificateKeyFile ...
    .pure-ftpd = --tls=1（または 2）。証明書は /etc/ssl/private/pure-ftpd.pem に置く
    .filezilla = Server listeners: プロトコルを "Require explicit FTP over TLS" にする
    .iis = FTP SSL の設定: 証明書を選び、「SSL 接続が必要」を選ぶ
    .aws = サーバーをプロトコル FTPS と ACM の証明書で作成する

finding-implicit-tls-expected = サーバーは直ちに TLS が始まることを期待しています
    .meaning = サーバーは TLS ハンドシェイクを待っているため、ウェルカムメッセージを送りません。このポートは暗黙的 TLS 用です。
    .cause = クライアントが明示的 TLS（先にウェルカムメッセージ、次に AUTH TLS）で接続しています。
    .cure = このポートでは暗黙的 TLS を、ポート 21 では明示的 TLS を使ってください。
    .hint = このポートでは ftps:// を使ってください。直ちに TLS を開始します。ftpes:// はコマンドで開始します

finding-clear-text-answered = TLS のはずのところに平文が届きました
    .meaning = クライアントが TLS ハンドシェイクを始めたところ、サーバーが平文で応答しました。ポートが明示的 TLS（先にウェルカムメッセージ）用であるか、サーバーが失敗してエラーを TLS の外に書き出したかのどちらかです。
    .cause = 明示的 TLS 用のポート（通常は 21）で暗黙的 TLS を使ったか、FTPS サーバーではないものが応答しています。セッションの途中で起きる場合は、たいてい vsftpd の "500 OOPS" です。
    .cure = ポート 21 では明示的 TLS（AUTH TLS）を、ポート 990 では暗黙的 TLS を使ってください。後の段階で起きる場合は、サーバーのログを確認してください。

finding-closed-during-handshake = サーバーが TLS ハンドシェイク中に切断しました
    .meaning = 接続は TLS ハンドシェイクの途中で、理由を示さずに閉じられました。その前にログインと証明書が問題なかったのなら、これはデータ接続であり、理由は制御接続に届くサーバーの応答にあります。
    .cause = データ接続の場合は、ほとんど常に、サーバーがセッションの再利用を要求しているためです（450、425、522 が続きます）。最初の接続の場合は、共通の TLS バージョンや暗号スイートがない、明示的 TLS 用のポートで暗黙的 TLS を使った、またはファイアウォールが TLS を遮断しています。
    .cure = 制御接続に続いて届くサーバーの応答を確認してください（Java では ProtocolCommandListener で表示できます）。セッションに関する内容なら、セッションを再利用するクライアントを使ってください。最初の接続なら、ポートと TLS の方式、次に TLS のバージョンを確認してください。
    .hint = サーバーが別の方法で TLS を開始するか（ftpes:// はポート 21 でコマンドにより、ftps:// はポート 990 で直ちに開始します）、Towline が対応する暗号スイートを提供していないのかもしれません。-vv でやりとりを表示できます

finding-tls-unexpected-eof = TLS の途中で接続が閉じられました
    .meaning = TLS の使用中に、サーバーが TCP 接続を閉じました。開いたばかりのデータ接続であれば、サーバーがそれを拒否しました。転送の終わりであれば、close_notify を省いただけです。
    .cause = 一覧やファイルの転送を始めるたびに起きる場合: サーバーがセッションの再利用を要求しているのに、クライアント（Python の ftplib など）が再利用しませんでした。データがすべて届いている場合: サーバーが TLS を正しく終了していません。
    .cure = 制御接続に届くサーバーの次の応答を確認してください。450、425、522 に "session" とあれば、セッションの再利用が必要です。Python では、ntransfercmd の中で wrap_socket に session=self.sock.session を渡すか、代わりに再利用する towline gateway にプログラムを接続してください。

finding-tls-failed = TLS が失敗しましたが、このテキストからは理由が分かりません
    .meaning = TLS ハンドシェイクまたは接続が失敗しました。理由はログの別の行か、相手側にあります。
    .cause = よくある理由: 明示的 TLS 用のポートで暗黙的 TLS を使った、証明書が信頼されていない、共通のバージョンがない。データ接続では、セッションの再利用が必須である。
    .cure = 原因の連鎖を含むスタックトレース全体と、その前後のサーバーの応答を貼り付けてください。または towline doctor でサーバーを調べてください。

finding-connection-closed-dotnet = .NET は接続が閉じられたことしか報告しません
    .meaning = 「基になる接続が閉じられました」は本当の理由を隠しています。FtpWebRequest ではたいてい TLS の問題です。既定のバージョンが古い、証明書が信頼されていない、またはサーバーがセッションの再利用を要求しています。.NET は再利用に対応していません。
    .cause = FtpWebRequest は、古いフレームワークでは既定で TLS 1.0 を使い、明示的 TLS にしか対応せず、制御接続のセッションを再利用しません。
    .cure = まず ServicePointManager.SecurityProtocol を Tls12 に設定してください。ログインはできるのに一覧が毎回失敗するなら、サーバーがセッションの再利用を要求しています。代わりに再利用する towline gateway にプログラムを接続してください。

finding-no-common-tls-version = クライアントとサーバーに共通の TLS バージョンがありません
    .meaning = クライアントが許可する TLS バージョンに、サーバーが対応していません。
    .cause = サーバーが古い（TLS 1.0 か 1.1 のみ）か、一方が他方にないバージョンに限定されています。
    .cure = 管理者が TLS 1.2 または 1.3 を有効にする必要があります。1.2 より前のバージョンは安全ではなく、Towline は対応していません。
    .hint = サーバーは --tls-min から --tls-max までの TLS バージョンのどれにも対応していません
    .vsftpd = ssl_tlsv1_2=YES（3.0.4 以降。3.0.3 では ssl_tlsv1=YES に含まれる）
    .pure-ftpd = TLSCipherSuite HIGH と、TLS 1.2 に対応した OpenSSL
    .filezilla = TLS 1.0 のバージョン 0.9: バージョン 1 に更新する
    .iis = Schannel で TLS 1.2 を有効にする（レジストリ Protocols\TLS 1.2\Server、Enabled=1）
    .aws = TLS 1.2 を含むセキュリティポリシーを選ぶ

finding-protection-refused = サーバーがデータ接続の保護を拒否しています
    .meaning = サーバーは PBSZ 0 または PROT P を受け入れません。このままではファイルが平文で送られます。
    .cause = サーバーが制御接続でのみ TLS を許可しているか、PROT の前に PBSZ を要求しています。
    .cure = 管理者が、保護されたデータ接続を許可する必要があります。
    .hint = サーバーの所有者が、保護されたデータ接続（PROT P）を許可する必要があります
    .proftpd = TLSRequired on（ctrl や !data にしない）
    .pure-ftpd = --tls=3 は両方の接続で TLS を必須にする
    .iis = FTP SSL の設定、カスタム: データ チャネルを「許可」または「必要」にする

finding-data-must-be-encrypted = サーバーはデータ接続の暗号化を要求しています
    .meaning = クライアントが暗号化しないデータ接続を求め、サーバーが拒否しました。
    .cause = クライアントがログイン後に PBSZ 0 と PROT P を送らなかったか、PROT C を送りました。
    .cure = ログイン後に PBSZ 0 と PROT P を送るようにしてください（Commons Net では execPBSZ(0) と execPROT("P")、Python では prot_p()）。次はセッションの再利用に関するエラーになるかもしれません。

finding-certificate-unknown-issuer = 証明書の発行者が信頼されていません
    .meaning = 接続は暗号化されていますが、正しいサーバーであることの証明がありません。
    .cause = 証明書が自己署名か私的な認証局のものであるか、サーバーが中間証明書を送っていません。
    .cure = 別の経路でサーバーの所有者にフィンガープリントを確認してください。一致したら、証明書をピン留めするか、発行者を信頼済みに加えてください。検証を無効にしてはいけません。管理者は、証明書チェーン全体を送るか、公的な認証局の証明書を使えます。
    .hint = サーバーの所有者が証明書のフィンガープリントを確認したら、{ $pin } を使うか、証明書（またはその発行者の証明書）を PEM で保存して --ca-file を使ってください

finding-certificate-wrong-name = 証明書は別の名前のものです
    .meaning = 使用したホスト名またはアドレスが、証明書に含まれていません。
    .cause = 別の名前またはアドレスでサーバーに接続している、証明書が別の名前用に作られている、またはクライアントがデータ接続を PASV のアドレスと照合しています。
    .cure = 証明書にある名前で接続してください。管理者は、正しい名前を subject alternative name に含む証明書を発行できます。
    .hint = 証明書の対象の名前で接続してください。サーバーの所有者が証明書のフィンガープリントを確認したら、{ $pin } で名前にかかわらず鍵によって信頼できます

finding-certificate-expired = 証明書の期限が切れているか、まだ有効ではありません
    .meaning = このコンピューターの時計では、証明書は現在有効ではありません。
    .cause = 期限までに更新されなかったか、時計がずれています。
    .cure = 管理者が証明書を更新し、サーバーを再起動する必要があります。
    .hint = このコンピューターの時計を確認してください。正しければ、サーバーの所有者が証明書を更新する必要があります。それまでは { $pin } で鍵によってサーバーを信頼できます

finding-login-refused = サーバーがユーザー名またはパスワードを拒否しました
    .meaning = 接続は正常です。サーバーは、このユーザーとパスワードの組み合わせを受け入れません。
    .cause = ユーザー名かパスワードの誤り、アカウントのロックや期限切れ、このアドレスからの利用が許可されていない、またはサーバーが受け入れないシェルです。
    .cure = 両方を確認してください。何度も試さないでください。多くのサーバーはアカウントをロックします。このアドレスから FTP を使ってよいアカウントかどうか、サーバーの所有者に確認してください。
    .hint = URL のユーザー名と、パスワードの取得元を確認してください（towline --help に取得元が順に示されています）
    .vsftpd = local_enable=YES。userlist_file、/etc/ftpusers、/etc/shells を確認する
    .proftpd = RequireValidShell off（アカウントのシェルが /etc/shells にない場合）
    .iis = FTP 認証: 「基本」を有効にする。FTP 承認規則: ユーザーを許可する

finding-tls-required = サーバーは TLS を要求しています
    .meaning = クライアントが TLS なしでログインまたは操作しようとしました。サーバーは TLS の中でのみ許可します。
    .cause = クライアントが通常の FTP で接続しているか、AUTH TLS より前に USER を送っています。
    .cure = クライアントを明示的 TLS（FTPS、AUTH TLS）に切り替えてください。パスワードを平文で送ってしまった場合は、変更してください。
    .hint = サーバーは TLS を要求しています。--tls off を付けずに ftpes:// を使うか、ポート 990 で ftps:// を使ってください
    .vsftpd = 要求しているのは force_local_logins_ssl=YES
    .proftpd = 要求しているのは TLSRequired on
    .pure-ftpd = 要求しているのは --tls=2
    .filezilla = 要求しているのは Server listeners のプロトコル "Require explicit FTP over TLS"
    .iis = 要求しているのは FTP SSL の設定の「SSL 接続が必要」
    .aws = 変更は不要。プロトコル FTPS のサーバーは常に TLS を要求する

finding-data-port-unreachable = サーバーのデータポートに接続できません
    .meaning = ログインはできますが、一覧とファイルのための接続が開きません。
    .cause = サーバーの前にあるファイアウォールがパッシブポートを通さないか、サーバーが知らせるアドレスにここから到達できません。FTPS ではポート番号が TLS に隠れるため、ファイアウォールは自動でポートを開けられません。
    .cure = 管理者がパッシブポートの範囲を固定し、ファイアウォールで開放し、公開アドレスを設定する必要があります。着信接続が遮断されていなければ、こちらからアクティブモードを試せます。
    .hint = サーバーのパッシブポートがファイアウォールで遮断されているようです。管理者が開放する必要があります。--active は逆方向に接続します
    .vsftpd = pasv_address=公開アドレス, pasv_min_port=50000, pasv_max_port=50100。ファイアウォールでも開放する
    .proftpd = MasqueradeAddress 公開アドレス、PassivePorts 50000 50100。ファイアウォールでも開放する
    .pure-ftpd = --forcepassiveip 公開アドレス --passiveportrange 50000:50100
    .filezilla = FTP server、Passive mode: 公開アドレスと、ファイアウォールで開放したポート範囲
    .iis = FTP のファイアウォール サポート: データ チャネル ポート範囲と外部 IP アドレス
    .aws = --protocol-details の PassiveIp。セキュリティグループでポート 8192 から 8200 を開放する

finding-active-refused = サーバーがアクティブモードを拒否しています
    .meaning = クライアントがサーバーからの接続を求め（PORT または EPRT）、サーバーが拒否しました。
    .cause = サーバーでアクティブモードが無効になっているか、PORT のアドレスがサーバーから見たものと異なります。アドレス変換（NAT）の内側のクライアントは、プライベートアドレスを知らせてしまいます。
    .cure = パッシブモードを使ってください（Commons Net では enterLocalPassiveMode()）。
    .hint = パッシブモードが既定です。--active を外してください
    .proftpd = AllowForeignAddress on は他のアドレスを許可するが、危険を伴う

finding-session-reuse-required = サーバーは TLS セッションの再利用を要求しています
    .meaning = サーバーから見て、データ接続が制御接続の TLS セッションを再利用していないため、サーバーがデータ接続を拒否しました。ログインと証明書に問題はありません。
    .cause = FTP は、一覧とファイルのたびに別の接続を開きます。サーバーは、その接続にも同じ TLS セッションを要求することで、第三者に奪われないようにしています。クライアントは、新しいセッションまたは別のログインのセッションで接続を開きました。Java（Apache Commons Net、Spring Integration）、.NET、Python の ftplib など、多くのものがそうします。
    .cure = すべてのデータ接続で制御接続のセッションを再利用するクライアントを使ってください。Towline は既定でそうします。変更できないプログラムは、towline gateway を通せば、代わりに再利用してくれます。Java の Commons Net では、_prepareDataSocket_ でセッションを JSSE のキャッシュにコピーする FTPSClient のサブクラスが必要です。これは TLS 1.2 でのみ有効で、JDK 8u161 以降では -Djdk.tls.useExtendedMasterSecret=false も必要です。Python では、ntransfercmd で ssl.SSLSocket の session を設定してください。サーバーの管理者はこの要求を解除できますが、データ接続が奪われやすくなります。
    .pure-ftpd = { -no-reuse-pure-ftpd }
    .filezilla = { -no-reuse-filezilla }
    .iis = { -no-reuse-iis }

finding-resumed-session-refused = セッションを再利用したデータ接続をサーバーが拒否しています
    .meaning = データ接続はサーバーの要求どおりに制御接続の TLS セッションを再利用しましたが、それでもサーバーは拒否しました。
    .cause = サーバーがセッションを正しく照合していない、早く忘れすぎている、プロセス間で共有していない、ロードバランサーがデータ接続を別のマシンに振り分けている、または応答の文言とは別の理由があります。
    .cure = クライアント側では変えられません。この診断を管理者に送ってください。管理者は、サーバーのログで理由を調べる、セッションキャッシュを共有する、または要求を解除することができます。
    .pure-ftpd = { -no-reuse-pure-ftpd }
    .filezilla = { -no-reuse-filezilla }
    .iis = { -no-reuse-iis }

finding-data-connection-dropped = サーバーが TLS ハンドシェイク中にデータ接続を破棄しました
    .meaning = データ接続は、転送が始まる前に拒否されたか、忘れられました。その TLS ハンドシェイクが終わったか失敗した直後であれば、サーバーがセッションの再利用を要求しているのに、クライアントが再利用しませんでした。
    .cause = 再利用しないデータ接続が、コマンドの処理中に失敗すると、FileZilla Server はこのように応答します。他のサーバーは、クライアントが PORT、PASV、EPSV のどれも送らなかった場合や、暗号化された接続で保護されないデータ（PROT C、または PROT なし）を求めた場合に送ります。
    .cure = データ接続で TLS セッションを再利用し、ログイン後に PBSZ 0 と PROT P を送るクライアントを使ってください。どちらも問題なければ、転送のたびに PASV または EPSV を送っているか確認してください。
    .pure-ftpd = { -no-reuse-pure-ftpd }
    .filezilla = { -no-reuse-filezilla }
    .iis = { -no-reuse-iis }

finding-nothing-to-resume = サーバーは再利用できるものを何も送りません
    .meaning = サーバーが TLS のセッションチケットもセッション ID も送らなかったため、どのデータ接続も再利用できません。
    .cause = サーバーでチケットとセッションキャッシュが無効になっているか、TLS ライブラリがそれらなしで設定されています（TLS 1.3 の Pure-FTPd 1.0.50）。
    .cure = サーバーが受け入れるなら、完全なハンドシェイクのデータ接続を使ってください。または、管理者にセッションチケットかセッションキャッシュを有効にしてもらってください。
    .proftpd = TLSSessionCache shm:/file=/var/run/proftpd/sesscache と TLSSessionTickets on。または TLSOptions NoSessionReuseRequired
    .vsftpd = 送るようにできなければ、require_ssl_reuse=NO
    .pure-ftpd = バージョン 1.0.51 以降は再びチケットを送る

finding-offered-session-refused = サーバーは自分の TLS セッションを再利用しません
    .meaning = クライアントはこのサーバーから受け取ったセッションを提示しましたが、サーバーは完全なハンドシェイクで応答しました。どのデータ接続も再利用されません。
    .cause = サーバーが接続ごとに TLS を設定し直している（ftp-srv など）か、プロセス間でチケットの鍵を共有していません。
    .cure = サーバーが受け入れるなら、完全なハンドシェイクのデータ接続を使ってください（Towline はそうします）。または、接続間で鍵かセッションキャッシュを共有するよう管理者に依頼してください。
    .vsftpd = 再利用するようにできなければ、require_ssl_reuse=NO
    .proftpd = TLSSessionCache shm:/file=/var/run/proftpd/sesscache。または TLSOptions NoSessionReuseRequired
    .filezilla = バージョン 1 に更新する（データ接続ごとにチケットを発行する）

finding-session-reuse-unproven = サーバーがセッションの再利用を要求するかどうか不明です
    .meaning = 何もアップロードしていません。再利用を要求するサーバーは、データを拒否する前に、保存するファイルを作成するか空にします。
    .cause = これまでに再利用されたデータ接続がなく、サーバーの挙動を確かめるための一覧が拒否されました。
    .cure = アカウントにディレクトリ一覧の権限を与えるか、サーバーの挙動をプログラムに指定してください。
    .hint = サーバーが再利用を要求しないなら、--session-reuse off でこの確認なしにアップロードできます。再利用に対応しているなら、--session-reuse require で一時的な名前を使ってアップロードできます（--no-temp とは併用できません）

finding-session-reuse-required-here = データ接続が再利用されなかったため、--session-reuse require が拒否しました
    .meaning = サーバーはこのデータ接続を受け入れるところでしたが、このプログラムの設定が許可していません。
    .cause = サーバーがセッションを再利用せず、--session-reuse が require になっています。
    .cure = 規則で再利用が必須でない限り、--session-reuse auto を使ってください。

finding-java-session-cache-closed = Java のセッションキャッシュにリフレクションでアクセスできません
    .meaning = よく知られた回避策は、制御接続のセッションを JDK の非公開フィールドに入れるものです。この JDK はそれを許可しないか、そのセッションを再利用できません。
    .cause = JDK 16 以降、java.base は sun.security.ssl を公開していません。JDK 8u161 以降は、拡張マスターシークレット（extended master secret）もセッションを元の接続に結び付けます。JDK 7 と 8 では、セッションを保存する名前（ホスト名またはアドレス）が異なるため、コピーが誤ったキーの下にあるかもしれません。
    .cure = Java を --add-opens java.base/sun.security.ssl=ALL-UNNAMED --add-opens java.base/sun.security.util=ALL-UNNAMED -Djdk.tls.useExtendedMasterSecret=false -Djdk.tls.client.protocols=TLSv1.2 を付けて起動し、セッションをホスト名とアドレスの両方で保存してください。または、代わりに再利用する towline gateway にプログラムを接続してください。

finding-session-reuse-full-handshake = このサーバーのデータ接続にセッションの再利用は不要です
    .meaning = サーバーは、何も再利用しないデータ接続を受け入れました。
    .cause = このサーバーはセッションの再利用を要求していません。
    .cure = 変更は不要です。再利用するクライアントのほうが速く、データ接続も奪われにくくなります。

finding-session-reuse-demanded = サーバーはセッションの再利用を要求しており、再利用は機能しています
    .meaning = サーバーは、制御接続の TLS セッションを再利用するデータ接続だけを受け入れ、それ以外は拒否します。再利用しないクライアントは、ログインの後で失敗します。
    .cause = データ接続が奪われるのを防ぐため、サーバーがそのように設定されています。
    .cure = 再利用するクライアントを使ってください。再利用できないクライアントは towline gateway を通せば使えます。管理者が要求を解除することもできます。
    .pure-ftpd = { -no-reuse-pure-ftpd }
    .filezilla = { -no-reuse-filezilla }
    .iis = { -no-reuse-iis }

finding-utf8-refused = サーバーは UTF-8 への対応を知らせていません
    .meaning = ASCII 以外の文字を含む名前が正しく伝わらないことがあります。
    .cause = 古いサーバーであるか、別の文字セットを使っています。
    .cure = このサーバーの文字セットを設定してください。
    .hint = --charset でサーバーの文字セットを指定します

finding-host-not-found = ホスト名が存在しません
    .meaning = この名前のアドレスが見つかりません。
    .cause = つづりの誤り、または社内のネームサーバーだけが知っている名前です。
    .cure = つづりを確認してください。社内であれば、VPN とネームサーバーを確認してください。
    .hint = ホスト名のつづりを確認してください

finding-host-unreachable = サーバーへの経路がありません
    .meaning = ネットワークからこのアドレスに到達できません。
    .cause = ネットワークに接続していない、VPN に接続していない、アドレスの誤り、または IPv6 が使えない状態です。
    .cure = ネットワークとアドレスを確認してください。
    .hint = ネットワーク、VPN、アドレスを確認してください

finding-reply-timed-out = サーバーが応答しません
    .meaning = 接続は開いていますが、時間内に何も届きませんでした。
    .cause = サーバーが過負荷または停止状態である、直ちに TLS を開始すること（暗黙的）を期待している、またはファイアウォールが無通信の接続を忘れました。
    .cure = 待ち時間を延ばしてください。ウェルカムメッセージが届かないなら、暗黙的 TLS を試してください。長い転送の後に起きるなら、control-connection-forgotten を参照してください。

finding-connection-lost = 接続が切れました
    .meaning = 作業が終わる前に、接続が閉じられたかリセットされました。
    .cause = サーバーまたはファイアウォールが接続を終了したか、ネットワークに障害がありました。開いた直後のデータ接続であれば、サーバーが拒否した可能性があります。理由は制御接続の応答にあります。
    .cure = サーバーの最後の応答を確認してください。再試行し、いつも同じ箇所で切れるなら、サーバーのログを確認してください。

finding-vsftpd-oops = vsftpd が自身のエラーで停止しました
    .meaning = vsftpd が "500 OOPS" でセッションを終了しました。TLS の開始後は、これを平文で書くため、接続が壊れます。
    .cause = vsftpd.conf の誤り、ディレクトリの権限の誤り、またはデータ接続での TLS ハンドシェイクの失敗です。
    .cure = OOPS の行の続きを読んでください。問題が書かれています。"refusing to run with writable root inside chroot()" であれば、ログインディレクトリの書き込み権限を外してください。ハンドシェイクの失敗であれば、session-reuse-required を参照してください。
    .vsftpd = allow_writeable_chroot=YES（OOPS の行が書き込み可能なルートについてのものである場合）

finding-no-common-cipher-suite = クライアントとサーバーに共通の暗号スイートがありません
    .meaning = どちらも TLS を使いますが、共通の暗号スイート、鍵交換グループ、署名方式がありません。
    .cause = サーバーが古いスイート（RC4、3DES、CBC、静的 RSA、小さい DH グループ）だけ、またはごく少数の新しいスイートだけを許可しています。証明書の鍵が一般的でない場合（Ed448、RSA-PSS、secp256k1）もあります。
    .cure = 管理者は、AES-GCM または ChaCha20-Poly1305 を使う ECDHE と、曲線 X25519、P-256、P-384 を許可し、RSA、ECDSA、Ed25519 のいずれかの鍵の証明書を使ってください。
    .hint = サーバーの所有者が、Towline の対応するものとして、AES-GCM または ChaCha20-Poly1305 を使う ECDHE と、曲線 X25519、P-256、P-384 のいずれかを許可し、RSA、ECDSA（P-256、P-384）、Ed25519 のいずれかの鍵の証明書を使う必要があります

finding-close-notify-missing-from-server = サーバーが close_notify なしでデータを終了します
    .meaning = サーバーが TLS を終了せずに TCP 接続を閉じます。これでは、完全なファイルと途中で切れたファイルを TLS で区別できません。
    .cause = 古いサーバーや Windows 上の多くのサーバーが省略します。
    .cure = Towline のように、サイズまたはチェックサムを比較してください。違いを無視するクライアントは使わないでください。

finding-close-notify-missing-from-client = クライアントが TLS を正しく終了していません
    .meaning = データ接続が close_notify なしで閉じられたため、サーバーはデータが途中で切れたと見なしています。
    .cause = クライアントがソケットをすぐに閉じる、またはセッションチケットを読まずに残すため、システムが接続をリセットし、送信途中のデータが失われます。
    .cure = close_notify を送り、サーバーが閉じるのを待つクライアントを使ってください。サーバー上のファイルが短い可能性があります。サイズを比較してください。
    .vsftpd = strict_ssl_read_eof=NO はこのようなアップロードを受け入れますが、途中で切れたものも受け入れます

finding-data-connection-left-open = サーバーがデータ接続を閉じません
    .meaning = サーバーは転送が完了したと応答しますが、データ接続を閉じません。終わりを待つクライアントは制限時間まで待ちます。
    .cause = サーバーの不具合です。
    .cure = こちらの変更は不要です。Towline はしばらくして先に進み、サイズを比較します。管理者はサーバーを更新してください。

finding-refused-for-now = サーバーは今のところ操作を拒否しています
    .meaning = サーバーは現在この操作を行いません。後で行う可能性があります。
    .cause = 別のプロセスがファイルまたはディレクトリーを使用しているか、サーバー自体に問題があります。
    .cure = サーバーの応答を読み、後で再試行してください。

finding-transfer-broken-off = サーバーが転送を中断しました
    .meaning = サーバーがデータの転送を始めなかったか、エラーで終了しました。ファイルまたは一覧は完全ではありません。
    .cause = 接続が切れた、ディスクまたは割り当て容量がいっぱいになった、上限に達した、または別のプロセスがファイルを変更しました。
    .cure = サーバーの応答とログを確認してください。再試行してください。--resume で続きから再開できます。

finding-alpn-on-data-connection = データ接続の ALPN が正しくありません
    .meaning = クライアントが制御接続でプロトコル x-filezilla-ftp を示したため、各データ接続で ftp-data を示す必要があります。
    .cause = FileZilla Server は両者を結び付けます。vsftpd 3.0.4 以降は、クライアントの ALPN に ftp がないと、アラートでハンドシェイクを終了します。
    .cure = ALPN を示さないか、ftp だけを示してください。Towline はそうします。

finding-certificate-differs-on-data = データ接続が別の証明書を示しています
    .meaning = データ接続で応答しているのがそのサーバーであることを証明できません。
    .cause = ロードバランサーがデータ接続を別のマシンに振り分けているか、何者かが接続を奪いました。
    .cure = 管理者は、同じクライアントの両方の接続を同じサーバーに送るか、すべてのサーバーで同じ証明書を使う必要があります。

finding-passive-refused = サーバーがパッシブモードを拒否しています
    .meaning = サーバーがデータ接続用のポートを返しませんでした。
    .cause = パッシブモードが無効、範囲内に空きポートがない、または IPv6 で PASV を使いました。
    .cure = IPv6 では EPSV を使ってください。そうでなければ、管理者がパッシブモードと十分な数のポートを許可する必要があります。
    .hint = サーバーとファイアウォールが許可していれば、--active で逆方向に接続できます

finding-passive-address-private = PASV が示すアドレスには到達できません
    .meaning = PASV の応答のアドレスが、プライベートアドレスである、空である、またはそのサーバーのものではありません。Towline はこれを無視してサーバー自身に接続しますが、多くのクライアントはそうせずに止まります。
    .cause = サーバーがアドレス変換（NAT）の内側にあり、自分のグローバルアドレスを知りません。
    .cure = サーバーにグローバルアドレスを設定するか、アドレスを無視する、または EPSV を使うクライアントを使ってください。

finding-stray-reply = サーバーがどのコマンドのものでもない応答を送ってきます
    .meaning = サーバーは、受け取ったコマンドより多くの応答を送りました。そのような応答を次のコマンドへの応答と見なすクライアントは、それ以降の応答をすべて取り違えます。Towline は、待っている転送のない 226 を無視し、それ以外のそのような応答では接続を破棄します。
    .cause = サーバーの不具合です。転送の終わりを二度、または遅れて知らせることがよくあります。
    .cure = Towline では何も変える必要はありません。ほかのクライアントのためには、サーバーの管理者か開発元が直す必要があります。やり取り (-vv) に応答が表示されます。

finding-ticket-serves-once = サーバーはセッションチケットを 1 枚だけ送り、1 度しか受け入れません
    .meaning = 最初のデータ接続が、サーバーの送った唯一の TLS 1.3 チケットを使いました。同じチケットを使った 2 番目の接続はセッションを再開できなかったため、以降のデータ接続はすべて拒否されるか、完全なハンドシェイクが必要です。
    .cause = サーバーはセッションを自分で保持し、一度使われると忘れます。また、データ接続では新しいチケットを送りません。
    .cure = 管理者は、サーバーがより多くのチケットを送るか、チケットを何度でも受け入れるように設定する必要があります。TLS 1.2 では 1 つのセッションを何度でも使えます。
    .hint = --tls-max 1.2 では、すべてのデータ接続が 1 つのセッションを再開します

finding-complete-without-data = サーバーがデータ接続なしに転送完了と答えました
    .meaning = サーバーは、データ接続を開かないまま、またはその上で TLS を始めないまま、転送が完了した (226) と答えました。データは何も転送されていません。
    .cause = サーバーの不具合、またはサーバーの代わりに応答する手前の機器の不具合です。読めないファイルやディレクトリでこう答えるサーバーもあります。
    .cure = サーバーの管理者か開発元が直す必要があります。やり取り (-vv) に応答が表示されます。
    .hint = そのファイルを別の方法で確かめてください。--active はデータ接続を逆方向に開きます

finding-epsv-refused = EPSV が拒否されるか、動作しません
    .meaning = 新しいパッシブモードのコマンドは失敗しますが、PASV は動作します。IPv6 では PASV は使えません。
    .cause = 古いサーバーであるか、ファイアウォールが EPSV に干渉しています。
    .cure = こちらの変更は不要です。Towline は PASV に切り替え、それを覚えます。

finding-active-blocked = サーバーがこのコンピューターに接続できません
    .meaning = アクティブモードではサーバーがデータ接続を開きますが、接続が届きませんでした。
    .cause = このコンピューターの手前のファイアウォールまたはアドレス変換（NAT）です。
    .cure = パッシブモードを使ってください（Commons Net では enterLocalPassiveMode()。Windows の ftp.exe にはパッシブモードがありません）。
    .hint = ファイアウォールが、サーバーからこのコンピューターへの接続を妨げている可能性があります。--passive で逆方向に接続できます

finding-not-found = サーバーにそのファイルまたはディレクトリがありません
    .meaning = その名前のものがないか、このアカウントには見えません。
    .cause = パスの誤り（ログインディレクトリからの相対パスかどうか）、大文字と小文字の違い、または権限の不足です。
    .cure = 親ディレクトリの一覧を取得して比べてください。

finding-permission-denied-by-server = サーバーが操作を拒否しています
    .meaning = ログインはできますが、このアカウントはここでこの操作をできないか、サーバーが許可していません。
    .cause = ファイルやディレクトリの権限、読み取り専用のサーバー、または名前の制限です。
    .cure = 別のディレクトリを試すか、サーバーの所有者に権限を求めてください。
    .pure-ftpd = ファイルを置き換える必要があれば、--keepallfiles と --nochmod を使わない
    .filezilla = Users、Mount points: アクセスモード Read + Write
    .iis = FTP の承認規則: 読み取りと書き込み。NTFS のアクセス許可も確認する
    .aws = ユーザーの IAM ロール: s3:PutObject、s3:DeleteObject

finding-refused-without-reason = サーバーが操作を拒否し、理由を示していません
    .meaning = ディレクトリまたはファイルは作成も削除もされていません。この応答には複数の理由が考えられます。
    .cause = 削除するディレクトリが空でない、作成する名前が既にあるか親ディレクトリがない、削除するファイルがディレクトリであるか存在しない、またはこのアカウントに権限がありません。
    .cure = 親ディレクトリの一覧を取得して比べてください。理由はサーバーのログにあります。

finding-directory-not-empty = ディレクトリが空ではありません
    .meaning = この方法で削除できるのは空のディレクトリだけです。
    .cause = ファイルまたはディレクトリがあります。ドットで始まる名前など、一覧に表示されないものもあります。
    .cure = 誰も必要としていなければ、先に中身を削除してください。
    .hint = towline rm -r はディレクトリを中身ごと削除します

finding-is-a-directory = パスはディレクトリです
    .meaning = この操作はファイル用ですが、パスはディレクトリであるか、通常のファイルではありません。
    .cause = その名前のディレクトリがあるか、パスにファイル名がありません。
    .cure = ファイルを指定するか、ディレクトリ用のコマンドを使ってください。
    .hint = get -r、put -r、rm -r はディレクトリを扱い、rmdir は空のディレクトリを削除します

finding-session-ended = サーバーがセッションを終了しました
    .meaning = サーバーが 421 を返しました。制御接続を閉じるか、利用できません。
    .cause = セッションの無通信が長すぎた、サーバーが停止中である、または上限に達しました。
    .cure = 接続し直してください。無通信のセッションであれば、サーバーの制限時間内に操作するか、制限を延ばしてください。
    .hint = 接続し直してください。サーバーがセッションを終了した理由は、421 に続く文にあります
    .filezilla = Protocols settings: タイムアウト

finding-too-many-connections = 接続が多すぎます
    .meaning = サーバーは、全体、ユーザーごと、またはアドレスごとの接続数を制限しています。
    .cause = ほかのプログラムが接続している、クライアントが同時に多くの接続を開いている、または切れたセッションがまだ数えられています。
    .cure = 接続を減らし、正しく閉じてください。サーバーが切れたセッションを忘れるまで待ってください。
    .hint = --connections で、このプログラムが開く接続の数を制限できます。後でもう一度試してください
    .filezilla = Users: 最大セッション数
    .iis = サイトの詳細設定: 最大接続数

finding-other-port-works = TLS は別の方法、または別のポートで開始します
    .meaning = 使ったポートまたは方式は動作せず、もう一方の一般的なポートが応答します。
    .cause = サーバーが暗黙的 TLS なのに明示的 TLS を使った、またはその逆です。
    .cure = 下の [site] ブロックのアドレスを使ってください。

finding-other-port-open = もう一方の FTPS ポートも応答します
    .meaning = ポート 21 は明示的 TLS、ポート 990 は暗黙的 TLS 用です。どちらも使えます。
    .cause = サーバーが両方で待ち受けています。
    .cure = 変更は不要です。

finding-only-auth-ssl = サーバーは AUTH SSL を受け入れ、AUTH TLS を拒否します
    .meaning = TLS が、RFC 4217 にはもうないコマンドで開始します。AUTH TLS だけを送るクライアントは、TLS のないサーバーと見なします。
    .cause = 古いサーバーです。
    .cure = こちらの変更は不要です。Towline は両方を試します。管理者はサーバーを更新してください。

finding-pbsz-refused = サーバーは PBSZ を拒否しますが、データ接続は保護します
    .meaning = RFC 4217 では PROT の前に PBSZ が必要です。これにこだわるクライアントは失敗します。
    .cause = サーバーの不具合です。
    .cure = こちらの変更は不要です。Towline は PROT P への応答だけを見ます。

finding-old-tls-offered = サーバーがまだ TLS 1.0 または 1.1 を受け入れます
    .meaning = クライアントが、安全でない版の TLS を使うように誘導されるおそれがあります（RFC 8996）。
    .cause = サーバーの設定が古い版を許可しています。
    .cure = TLS 1.0 と 1.1 を無効にしてください。
    .vsftpd = ssl_tlsv1=NO、ssl_tlsv1_1=NO、ssl_tlsv1_2=YES（3.0.4 以降）
    .filezilla = Protocols settings: TLS の最低バージョン 1.2
    .iis = Schannel の TLS 1.0 と 1.1 を無効にする（レジストリ Protocols\TLS 1.0\Server）
    .aws = 新しいセキュリティポリシーを選ぶ

finding-no-tls13 = サーバーに TLS 1.3 がありません
    .meaning = TLS 1.2 を使います。Towline が許可するスイートであれば安全です。
    .cause = サーバーまたはその TLS ライブラリが古いか、TLS 1.3 が無効です。
    .cure = 変更は不要です。

finding-tls-hello-retry = 最初の鍵共有が、サーバーの求めるものではありません
    .meaning = 最初のハンドシェイクの往復が 1 回増えます（HelloRetryRequest）。
    .cause = サーバーが P-256 だけに対応しています（vsftpd 3.0.3、Pure-FTPd など）。
    .cure = 変更は不要です。次の接続からは正しいもので始めます。

finding-no-checksum = サーバーはチェックサムを計算しません
    .meaning = HASH、XSHA512、XSHA256、XSHA1、XMD5、XCRC、MD5 のいずれもないため、ダウンロードせずに内容を比較できません。
    .cause = サーバーにこのコマンドがないか、無効です。
    .cure = サイズは常に比較します。ProFTPD には mod_digest があります。
    .hint = --verify を外してください。サイズは常に比較します

finding-features-missing = 役に立つ機能がありません
    .meaning = MLST がないと一覧の時刻と種類は推測になり、SIZE がないと検証できず、REST STREAM がないと再開できず、MDTM がないと時刻を保てません。
    .cause = 古いサーバーであるか、コマンドが無効になっています。
    .cure = サーバーを更新するか、コマンドを有効にしてください。

finding-write-test-failed = ファイルの書き込み、名前の変更、追記、削除のいずれかができません
    .meaning = 失敗した操作と、削除できなかったものは、その手順に示されています。
    .cause = アカウントまたはディレクトリの権限、またはサーバーの制限です。
    .cure = サーバーの所有者に権限を求めるか、別のディレクトリを使ってください。

finding-certificate-expires-soon = 証明書の期限がまもなく切れます
    .meaning = 有効期間が 30 日を切っています。その後、クライアントはこのサーバーを拒否します。
    .cause = まだ更新されていません。
    .cure = 更新し、サーバーを再読み込みしてください。多くの FTP サーバーは起動時にだけ証明書を読みます。

finding-clear-text = 接続が平文です
    .meaning = パスワードとファイルを、途中で読み取られたり変更されたりするおそれがあります。
    .cause = 設定が許可しています（--tls off、または TLS のないサーバーに対する if-available）。
    .cure = TLS を使ってください。サーバーに TLS がなければ、管理者が有効にしてください。
